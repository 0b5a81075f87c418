import { z } from 'zod'
import { error, type Finding, warning } from './finding.ts'

/** What is found at a port where a service of ours should be. */
export type PortFacts =
  | { readonly state: 'free' }
  | { readonly state: 'other' }
  | { readonly state: 'ours'; readonly service: string; readonly version: string; readonly ready: boolean }

const Health = z.object({ service: z.string(), version: z.string() })

/** Looks whether something listens there, and whether it is one of ours. */
export const inspectPort = async (url: string, timeoutMs = 3_000): Promise<PortFacts> => {
  const ask = (path: string) => fetch(new URL(path, url), { signal: AbortSignal.timeout(timeoutMs) })
  try {
    const health = Health.safeParse(await (await ask('/healthz')).json().catch(() => undefined))
    if (!health.success) return { state: 'other' }
    return { state: 'ours', ...health.data, ready: (await ask('/readyz')).ok }
  } catch {
    return { state: 'free' }
  }
}

/** What of the services that run does not fit together. */
export const checkServices = (ports: Readonly<Record<string, PortFacts>>, version: string): readonly Finding[] =>
  Object.entries(ports).flatMap(([service, facts]) => {
    if (facts.state === 'free') return []
    if (facts.state === 'other')
      return [error('ports', `something else listens where the ${service} should`, 'stop it, or set another port')]
    if (facts.service !== service)
      return [error('ports', `the ${facts.service} listens where the ${service} should`, 'set another port or address')]
    const findings: Finding[] = []
    if (facts.version !== version)
      findings.push(
        warning('versions', `the ${service} is ${facts.version}, and this is ${version}`, 'finish the rollout'),
      )
    if (!facts.ready)
      findings.push(warning('readiness', `the ${service} cannot do its work now`, `ask it: GET /readyz`))
    return findings
  })

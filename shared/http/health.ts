import { within } from '../within.ts'
import type { App, BaseEnv } from './app.ts'
import { ProblemError } from './problem.ts'

/** One thing that the service needs to do its work. */
export interface HealthCheck {
  readonly name: string
  /** Rejects when the service cannot do its work without it now; may answer with warnings. */
  check(): Promise<readonly string[] | undefined>
}

export interface HealthOptions {
  readonly service: string
  readonly version: string
  readonly environment: string
  readonly checks: readonly HealthCheck[]
  /** Milliseconds that one check may take; default 2,000. */
  readonly checkTimeoutMs?: number
  /** The metrics as Prometheus reads them. */
  readonly exposition: () => Promise<{ readonly contentType: string; readonly text: string }>
}

/**
 * `/healthz` says that the process is alive, `/readyz` whether it can do its work now and what is in the way,
 * `/metrics` is for Prometheus. None of them is limited or needs sign-in.
 */
export const addHealth = <Env extends BaseEnv>(app: App<Env>, options: HealthOptions): void => {
  const { service, version, environment, checks, checkTimeoutMs, exposition } = options
  const identity = { service, version, environment }

  app.get('/healthz', (c) => c.json({ ...identity, status: 'healthy', message: `${service} is alive` }))

  app.get('/readyz', async (c) => {
    const { dependencies, missing } = await readinessOf(checks, checkTimeoutMs)
    if (missing.length === 0) return c.json({ ...identity, status: 'ready', dependencies })
    throw new ProblemError({
      code: 'SERVICE_UNAVAILABLE',
      reason: 'not_ready',
      detail: `${service} cannot do its work without ${missing.join(', ')}.`,
      more: { ...identity, dependencies },
    })
  })

  app.get('/metrics', async (c) => {
    const { contentType, text } = await exposition()
    return c.body(text, 200, { 'content-type': contentType })
  })
}

/** What the checks say, all at once, and which of them fail. */
export const readinessOf = async (checks: readonly HealthCheck[], timeoutMs = 2_000) => {
  const results = await Promise.all(
    checks.map(async ({ name, check }) => [name, await outcome(check, timeoutMs)] as const),
  )
  const missing = results.filter(([, { status }]) => status === 'not_ready').map(([name]) => name)
  return { dependencies: Object.fromEntries(results), missing }
}

interface Outcome {
  readonly status: 'ready' | 'not_ready'
  readonly warnings?: string[]
}

/** What was thrown is not shown: readiness is open to whoever reaches the port. */
const outcome = async (check: HealthCheck['check'], timeoutMs: number): Promise<Outcome> => {
  try {
    const warnings = await within(timeoutMs, check, () => new Error('late'))
    return warnings && warnings.length > 0 ? { status: 'ready', warnings: [...warnings] } : { status: 'ready' }
  } catch {
    return { status: 'not_ready' }
  }
}

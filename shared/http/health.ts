import type { App, BaseEnv } from './app.ts'

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
  /** The metrics as Prometheus reads them. */
  readonly exposition: () => Promise<{ readonly contentType: string; readonly text: string }>
}

/** Milliseconds that one check may take. */
const CHECK_TIMEOUT_MS = 2_000

/**
 * `/healthz` says that the process is alive, `/readyz` whether it can do its work now and what is in the way,
 * `/metrics` is for Prometheus. None of them is limited or needs sign-in.
 */
export const addHealth = <Env extends BaseEnv>(app: App<Env>, options: HealthOptions): void => {
  const { service, version, environment, checks, exposition } = options
  const identity = { service, version, environment }

  app.get('/healthz', (c) => c.json({ ...identity, status: 'healthy', message: `${service} is alive` }))

  app.get('/readyz', async (c) => {
    const results = await Promise.all(checks.map(async ({ name, check }) => [name, await outcome(check)] as const))
    const ready = results.every(([, { status }]) => status === 'ready')
    const body = { ...identity, status: ready ? 'ready' : 'not_ready', dependencies: Object.fromEntries(results) }
    return c.json(body, ready ? 200 : 503)
  })

  app.get('/metrics', async (c) => {
    const { contentType, text } = await exposition()
    return c.body(text, 200, { 'content-type': contentType })
  })
}

interface Outcome {
  readonly status: 'ready' | 'not_ready'
  readonly warnings?: readonly string[]
}

/** What was thrown is not shown: readiness is open to whoever reaches the port. */
const outcome = async (check: HealthCheck['check']): Promise<Outcome> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('late')), CHECK_TIMEOUT_MS)
  })
  try {
    const warnings = await Promise.race([check(), late])
    return warnings && warnings.length > 0 ? { status: 'ready', warnings } : { status: 'ready' }
  } catch {
    return { status: 'not_ready' }
  } finally {
    clearTimeout(timer)
  }
}

/** Exits 0 when the service of this container is alive, 1 when it is not; what the image's HEALTHCHECK runs. */

const PORTS: Readonly<Record<string, number>> = { gateway: 4001, conductor: 4002, orchestrator: 4003 }
const TIMEOUT_MS = 2_500

const service = process.env['SERVICE'] ?? ''
const preset = PORTS[service]
const port = process.env[`${service.toUpperCase()}_PORT`] || preset
// The simulator listens only where it is told a port: else that its process lives is all there is to ask.
if (!port) process.exit(0)

const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(
  () => undefined,
)
process.exit(answer?.ok ? 0 : 1)

export {}

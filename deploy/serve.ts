/** Starts the service that `SERVICE` names; what a container runs. */

const SERVICES = ['gateway', 'conductor', 'orchestrator', 'simulator']

const service = process.env['SERVICE'] ?? ''
if (!SERVICES.includes(service)) {
  process.stderr.write(`SERVICE is "${service}", and must be one of ${SERVICES.join(', ')}\n`)
  process.exit(1)
}
await import(`../${service}/main.ts`)

export {}

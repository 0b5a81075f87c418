import { BATCH_ID } from '../gateway/routes/examples.ts'
import { type Figure, median } from './figure.ts'
import { startGateway } from './gateway-process.ts'
import { type Measured, wrk } from './wrk.ts'

const CONNECTIONS = 64
const SECONDS = 4
const RUNS = 3

const BODY = JSON.stringify({ requested_pipeline: 'ai_feedback', prompt_payload: { assignment_id: 'a-1' } })
const post = (token: string) => `
wrk.method = 'POST'
wrk.body = '${BODY}'
wrk.headers['Content-Type'] = 'application/json'
wrk.headers['Authorization'] = 'Bearer ${token}'
`
/** A fresh key for each request, also over several runs. */
const withKeys = (token: string) => `${post(token)}
local n, run = 0, '${crypto.randomUUID()}'
request = function()
  n = n + 1
  wrk.headers['Idempotency-Key'] = run .. '-' .. n
  return wrk.format()
end
`

const FLOOR =
  'Hono, one script and one record, no sign-in, checks, log or metrics: the most that these engines and clients allow'

/** Accepted commands: sign-in, limiter, checks, and durable in Kafka before the 202. */
export const gatewayCommands: Figure = {
  name: 'gateway-commands',
  about: `commands accepted into Kafka (acks=all) at ${CONNECTIONS} connections, sign-in and limiter on`,
  async measure(engines) {
    const { url, bareUrl, floorUrl, token, stop } = await startGateway(engines)
    const load = { connections: CONNECTIONS, seconds: SECONDS }
    const target = `${url}/v1/batches/${BATCH_ID}/pipelines`
    try {
      await wrk({ ...load, url: target, script: post(token) })
      await wrk({ ...load, url: `${floorUrl}/pipelines`, script: post(token) })
      const [plain, keyed, floor, bare]: Measured[][] = [[], [], [], []]
      for (let run = 0; run < RUNS; run++) {
        plain?.push(await wrk({ ...load, url: target, script: post(token) }))
        keyed?.push(await wrk({ ...load, url: target, script: withKeys(token) }))
        floor?.push(await wrk({ ...load, url: `${floorUrl}/pipelines`, script: post(token) }))
        bare?.push(await wrk({ ...load, url: `${bareUrl}/pipelines`, script: post(token) }))
      }
      const refused = [...(plain ?? []), ...(keyed ?? [])].reduce((sum, run) => sum + run.refused, 0)
      if (refused > 0) throw new Error(`${refused} requests were refused`)
      const of = (runs: readonly Measured[] = [], field: 'perSecond' | 'p99') => median(runs.map((run) => run[field]))
      const ceiling = of(bare, 'perSecond')
      const note = 'ceiling: a bare Hono POST that parses the same body'
      return [
        { what: 'accepted commands/s', value: of(plain, 'perSecond'), ceiling, note },
        { what: 'the same with an idempotency key each', value: of(keyed, 'perSecond'), ceiling, note },
        { what: 'the engines alone', value: of(floor, 'perSecond'), ceiling, note: FLOOR },
        {
          what: 'accepted commands/s, against the engines alone',
          value: of(plain, 'perSecond'),
          ceiling: of(floor, 'perSecond'),
        },
        { what: 'p99 ms', value: of(plain, 'p99'), note: `bare: ${of(bare, 'p99').toFixed(2)} ms` },
        { what: 'p99 ms with keys', value: of(keyed, 'p99') },
      ]
    } finally {
      await stop()
    }
  },
}

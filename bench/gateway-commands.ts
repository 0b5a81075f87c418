import { BATCH_ID } from '../gateway/routes/examples.ts'
import { cpuOfRow } from './cost.ts'
import type { Figure } from './figure.ts'
import { startGateway } from './gateway-process.ts'
import { roomRow } from './room.ts'
import { type Measured, medianOf, wrk } from './wrk.ts'

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

/** The share of the bare rate that is wanted. */
const WANTED = 0.3

/** Accepted commands: sign-in, limiter, checks, and durable in Kafka before the 202. */
export const gatewayCommands: Figure = {
  name: 'gateway-commands',
  about: `commands accepted into Kafka (acks=all) at ${CONNECTIONS} connections, sign-in and limiter on`,
  async measure(engines) {
    const { ours, bare, floor, token, stop } = await startGateway(engines)
    const at = ({ url, pid }: typeof ours, path = '/pipelines') => ({
      ...{ connections: CONNECTIONS, seconds: SECONDS, url: url + path, pid, script: post(token) },
    })
    const target = at(ours, `/v1/batches/${BATCH_ID}/pipelines`)
    try {
      await wrk(target)
      await wrk(at(floor))
      const runs: Measured[][] = [[], [], [], []]
      for (let run = 0; run < RUNS; run++) {
        runs[0]?.push(await wrk(target))
        runs[1]?.push(await wrk({ ...target, script: withKeys(token) }))
        runs[2]?.push(await wrk(at(floor)))
        runs[3]?.push(await wrk(at(bare)))
      }
      const [plain, keyed, engine, least] = runs.map(medianOf)
      if (!plain || !keyed || !engine || !least) throw new Error('nothing was measured')
      if (plain.refused + keyed.refused > 0) throw new Error(`${plain.refused + keyed.refused} requests were refused`)
      const note = `ceiling: a bare Hono POST that parses the same body, ${least.cpuMs.toPrecision(2)} CPU ms`
      const ceiling = least.perSecond
      return [
        { what: 'accepted commands/s', value: plain.perSecond, ceiling, ...cpuOfRow(plain), note },
        { what: 'the same with an idempotency key each', value: keyed.perSecond, ceiling, ...cpuOfRow(keyed), note },
        { what: 'the engines alone', value: engine.perSecond, ceiling, ...cpuOfRow(engine), note: FLOOR },
        {
          what: 'accepted commands/s, against the engines alone',
          value: plain.perSecond,
          ceiling: engine.perSecond,
          ...cpuOfRow(plain),
        },
        roomRow('a command', plain, least, WANTED),
        roomRow('the engines alone', engine, least, WANTED),
        { what: 'p99 ms', value: plain.p99, note: `bare: ${least.p99.toFixed(2)} ms` },
        { what: 'p99 ms with keys', value: keyed.p99 },
      ]
    } finally {
      await stop()
    }
  },
}

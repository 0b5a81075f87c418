import { BATCH_ID } from '../gateway/routes/examples.ts'
import { cpuOfRow } from './cost.ts'
import type { Figure } from './figure.ts'
import { startGateway } from './gateway-process.ts'
import { roomRow } from './room.ts'
import { type Measured, medianOf, wrk } from './wrk.ts'

const CONNECTIONS = 64
const SECONDS = 4
const RUNS = 3
/** The share of the bare rate that is wanted. */
const WANTED = 0.5

const get = (token: string) => `wrk.headers['Authorization'] = 'Bearer ${token}'`

/** A status that the conductor has at hand: sign-in, limiter, one call to the conductor, whose answer is checked. */
export const gatewayStatus: Figure = {
  name: 'gateway-status',
  about: `status of a warm batch at ${CONNECTIONS} connections, sign-in and limiter on`,
  async measure(engines) {
    const { ours, bare, floor, token, stop } = await startGateway(engines)
    const at = ({ url, pid }: typeof ours, path = '/status') => ({
      ...{ connections: CONNECTIONS, seconds: SECONDS, url: url + path, pid, script: get(token) },
    })
    const target = at(ours, `/v1/batches/${BATCH_ID}/status`)
    try {
      await wrk(target)
      await wrk(at(floor))
      const runs: Measured[][] = [[], [], []]
      for (let run = 0; run < RUNS; run++) {
        runs[0]?.push(await wrk(target))
        runs[1]?.push(await wrk(at(floor)))
        runs[2]?.push(await wrk(at(bare)))
      }
      const [status, limiter, least] = runs.map(medianOf)
      if (!status || !limiter || !least) throw new Error('nothing was measured')
      if (status.refused > 0) throw new Error('requests were refused')
      return [
        {
          what: 'statuses/s',
          value: status.perSecond,
          ceiling: least.perSecond,
          ...cpuOfRow(status),
          note: `ceiling: a bare Hono GET of the same JSON, ${least.cpuMs.toPrecision(2)} CPU ms`,
        },
        {
          what: 'statuses/s, against the limiter alone',
          value: status.perSecond,
          ceiling: limiter.perSecond,
          ...cpuOfRow(status),
          note: 'ceiling: Hono, one script in Redis and the same JSON',
        },
        roomRow('a status', status, least, WANTED),
        { what: 'p99 ms', value: status.p99, note: `bare: ${least.p99.toFixed(2)} ms` },
      ]
    } finally {
      await stop()
    }
  },
}

import { BATCH_ID } from '../gateway/routes/examples.ts'
import { type Figure, median } from './figure.ts'
import { startGateway } from './gateway-process.ts'
import { type Measured, wrk } from './wrk.ts'

const CONNECTIONS = 64
const SECONDS = 4
const RUNS = 3
const get = (token: string) => `wrk.headers['Authorization'] = 'Bearer ${token}'`

/** A status that the conductor has at hand: sign-in, limiter, one call to the conductor, whose answer is checked. */
export const gatewayStatus: Figure = {
  name: 'gateway-status',
  about: `status of a warm batch at ${CONNECTIONS} connections, sign-in and limiter on`,
  async measure(engines) {
    const { url, bareUrl, floorUrl, token, stop } = await startGateway(engines)
    const load = { connections: CONNECTIONS, seconds: SECONDS, script: get(token) }
    const target = `${url}/v1/batches/${BATCH_ID}/status`
    try {
      await wrk({ ...load, url: target })
      await wrk({ ...load, url: `${floorUrl}/status` })
      const [ours, floor, bare]: Measured[][] = [[], [], []]
      for (let run = 0; run < RUNS; run++) {
        ours?.push(await wrk({ ...load, url: target }))
        floor?.push(await wrk({ ...load, url: `${floorUrl}/status` }))
        bare?.push(await wrk({ ...load, url: `${bareUrl}/status` }))
      }
      if (ours?.some(({ refused }) => refused > 0)) throw new Error('requests were refused')
      const of = (runs: readonly Measured[] = [], field: 'perSecond' | 'p99') => median(runs.map((run) => run[field]))
      return [
        {
          what: 'statuses/s',
          value: of(ours, 'perSecond'),
          ceiling: of(bare, 'perSecond'),
          note: 'ceiling: a bare Hono GET of the same JSON',
        },
        {
          what: 'statuses/s, against the limiter alone',
          value: of(ours, 'perSecond'),
          ceiling: of(floor, 'perSecond'),
          note: 'ceiling: Hono, one script in Redis and the same JSON',
        },
        { what: 'p99 ms', value: of(ours, 'p99'), note: `bare: ${of(bare, 'p99').toFixed(2)} ms` },
      ]
    } finally {
      await stop()
    }
  },
}

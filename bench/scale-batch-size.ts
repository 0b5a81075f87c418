import { FACTS_GROUP } from '../conductor/service.ts'
import { batchContent, batchRegistered, essaySucceeded } from '../conductor/state/facts.ts'
import { createRedisBatchStore } from '../conductor/state/redis.ts'
import { batchId, essayId, randomId } from '../shared/ids.ts'
import { createRedisClient } from '../shared/store/redis/client.ts'
import { changeOf, eventOf, origin, registration } from '../test/conductor/state/support.ts'
import { silent } from '../test/support/silent.ts'
import { type Cost, cost, medianCost } from './cost.ts'
import { concurrently, type Figure } from './figure.ts'

const SIZES = [10, 100, 1_000, 10_000, 100_000]
const EVENTS = 20_000
/** Events of one batch in one call, as one fetch brings them. */
const A_CALL = 10
const RUNS = 3

/** An event costs the same in a batch of any size. */
export const scaleBatchSize: Figure = {
  name: 'scale-batch-size',
  about: `events applied to one batch by its size, ${A_CALL} events a call, real Redis`,
  async measure({ redisUrl }) {
    const redis = createRedisClient({ url: redisUrl, connectionName: 'bench', logger: silent })
    const store = createRedisBatchStore({ redis, prefix: `bench-${randomId().slice(0, 8)}-`, group: FACTS_GROUP })
    const costs: Cost[] = []
    for (const size of SIZES) {
      const id = batchId(`batch-of-${size}`)
      const ids = Array.from({ length: size }, (_, n) => essayId(`essay-${n}`))
      const registered = batchRegistered(registration({ expectedEssayCount: size }), ids, origin(1))
      await store.apply([changeOf(id, eventOf([registered, batchContent('ready', origin(2))]))])
      const rounds: Cost[] = []
      for (let run = 1; run <= RUNS; run++) {
        const work = (call: number) => {
          const events = Array.from({ length: A_CALL }, (_, n) => {
            const essay = ids[(call * A_CALL + n) % size] ?? essayId('none')
            return eventOf([essaySucceeded(essay, 'nlp', origin(run * EVENTS + call), null)], run * EVENTS + call)
          })
          return store.apply([changeOf(id, ...events)])
        }
        rounds.push(await cost(EVENTS, () => concurrently(50, EVENTS / A_CALL, work)))
      }
      costs.push(medianCost(rounds))
    }
    await redis.close()
    return SIZES.map((size, n) => ({
      what: `events/s, a batch of ${size.toLocaleString('en')} essays`,
      value: costs[n]?.perSecond ?? 0,
      ceiling: costs[0]?.perSecond ?? 0,
      cpuMs: costs[n]?.cpuMs ?? 0,
      note: `ceiling: a batch of ${SIZES[0]}`,
    }))
  },
}

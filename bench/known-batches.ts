import { createRedisRunStore } from '../orchestrator/runs/redis.ts'
import { BUCKETS } from '../shared/buckets.ts'
import { type BatchId, batchId, randomId } from '../shared/ids.ts'
import { createRedisClient } from '../shared/store/redis/client.ts'
import { outcome, phase, readyToPlan, register, start } from '../test/orchestrator/support.ts'
import { silent } from '../test/support/silent.ts'
import { concurrently, type Figure, median, perSecond } from './figure.ts'

const FEW = 10
const MANY = 100_000
const BATCHES = 1_000
const RUNS = 3

/** What a run of two phases costs the store, with few batches known and with many. */
export const knownBatches: Figure = {
  name: 'known-batches',
  about: `runs of two phases in Redis, with ${FEW} and with ${MANY} batches known`,
  async measure({ redisUrl }) {
    const redis = createRedisClient({ url: redisUrl, connectionName: 'bench', logger: silent })
    const storeWith = async (known: number) => {
      const store = createRedisRunStore({ redis, prefix: `bench-${randomId().slice(0, 8)}-` })
      await store.revive(await store.restoring(Array.from({ length: BUCKETS }, (_, bucket) => bucket)))
      await concurrently(200, known, () => store.register(batchId(randomId()), register()))
      const run = async (id: BatchId): Promise<void> => {
        await readyToPlan(store, id)
        const phases = [phase(), phase({ phase: 'nlp', depends_on: ['spellcheck'] })]
        await store.start(id, start({ run_id: id, phases }))
        await store.outcome(id, outcome({ at: Date.now() + 60_000 }))
        await store.outcome(id, outcome({ phase: 'nlp', cause: randomId(), at: Date.now() + 60_000 }))
      }
      return () => perSecond(BATCHES, () => concurrently(20, BATCHES, () => run(batchId(randomId()))))
    }
    const few = await storeWith(FEW)
    const many = await storeWith(MANY)
    const [small, large]: [number[], number[]] = [[], []]
    for (let n = 0; n < RUNS; n++) {
      small.push(await few())
      large.push(await many())
    }
    await redis.close()
    const note = `ceiling: with ${FEW} known; wanted: a ratio of at least 1 / 1.2`
    return [{ what: `runs/s with ${MANY} batches known`, value: median(large), ceiling: median(small), note }]
  },
}

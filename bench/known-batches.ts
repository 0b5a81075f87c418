import { createRedisRunStore } from '../orchestrator/runs/redis.ts'
import { BUCKETS } from '../shared/buckets.ts'
import { type BatchId, batchId, randomId } from '../shared/ids.ts'
import { createRedisClient } from '../shared/store/redis/client.ts'
import { outcome, phase, readyToPlan, register, start } from '../test/orchestrator/support.ts'
import { silent } from '../test/support/silent.ts'
import { type Cost, cost, medianCost } from './cost.ts'
import { concurrently, type Figure } from './figure.ts'

const FEW = 10
const MANY = [100_000, 1_000_000]
const BATCHES = 1_000
const RUNS = 3

/** What a run of two phases costs the store, with few batches known and with many. */
export const knownBatches: Figure = {
  name: 'known-batches',
  about: `runs of two phases in Redis, with ${FEW}, 100,000 and 1,000,000 batches known`,
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
      return () => cost(BATCHES, () => concurrently(20, BATCHES, () => run(batchId(randomId()))))
    }
    const stores = []
    for (const known of [FEW, ...MANY]) stores.push({ run: await storeWith(known), costs: [] as Cost[] })
    for (let n = 0; n < RUNS; n++) for (const { run, costs } of stores) costs.push(await run())
    await redis.close()
    const [few, ...many] = stores.map(({ costs }) => medianCost(costs))
    return MANY.map((known, n) => ({
      what: `runs/s with ${known.toLocaleString('en')} batches known`,
      value: many[n]?.perSecond ?? 0,
      ceiling: few?.perSecond ?? 0,
      cpuMs: many[n]?.cpuMs ?? 0,
      note: `ceiling: with ${FEW} known; wanted: a ratio of at least 1 / 1.2`,
    }))
  },
}

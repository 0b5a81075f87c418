/**
 * A process that takes calls out of one budget, all at once, and prints how many were admitted and between which times:
 * `bun caller.ts REDIS_URL PREFIX CALLS PER_MINUTE BURST [MICROSECONDS of a fixed clock]`.
 */
import { createRedisRateLimitStore } from '../../../gateway/limits/redis.ts'
import { createRedisClient } from '../../../shared/store/redis/client.ts'
import { silent } from '../../support/silent.ts'

const [url = '', prefix = '', calls, perMinute, burst, clock] = process.argv.slice(2)
const redis = createRedisClient({ url, connectionName: 'test', logger: silent })
const fixed = clock === undefined ? {} : { clock: () => Number(clock) }
const store = createRedisRateLimitStore({ redis, prefix, ...fixed })
const budget = { key: 'ada', limit: { perMinute: Number(perMinute), burst: Number(burst) } }

await redis.ping()
const from = Date.now()
const verdicts = await Promise.all(Array.from({ length: Number(calls) }, () => store.take([budget])))
const admitted = verdicts.filter(([verdict]) => verdict?.allowed).length
process.stdout.write(JSON.stringify({ admitted, from, to: Date.now() }))
await redis.close()

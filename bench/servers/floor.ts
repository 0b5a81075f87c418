/**
 * `bun bench/servers/floor.ts PORT`: what an accepted command and a status need at least on these engines. Hono, one script in Redis, and for
 * a command one record in Kafka that goes with those that come at the same time; nobody signs in, and nothing is checked, logged or counted.
 */
import { Hono } from 'hono'
import { z } from 'zod'
import { BATCH_ID, DETAILS } from '../../gateway/routes/examples.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { createKafkaLog } from '../../shared/log/kafka/log.ts'
import { createRedisClient } from '../../shared/store/redis/client.ts'
import { silent } from '../../test/support/silent.ts'

const Environment = z.object({ KAFKA_BROKERS: z.string(), KAFKA_PREFIX: z.string(), REDIS_URL: z.string() })
const { KAFKA_BROKERS, KAFKA_PREFIX: prefix, REDIS_URL: url } = Environment.parse(process.env)
const log = createKafkaLog({ brokers: KAFKA_BROKERS.split(','), clientId: 'floor', logger: silent, prefix })
const redis = createRedisClient({ url, connectionName: 'floor', logger: silent })
const count = redis.define({ name: 'floor', numberOfKeys: 1, lua: `return redis.call('INCR', KEYS[1])` })

const answer = { status: DETAILS.overall_status, details: DETAILS }
const app = new Hono()
app.get('/status', async (c) => {
  await count([`${prefix}floor`], [])
  return c.json(answer)
})
app.post('/pipelines', async (c) => {
  const body: unknown = await c.req.json()
  await count([`${prefix}floor`], [])
  await log.publish([{ topic: TOPICS.pipelineRequest, key: BATCH_ID, value: JSON.stringify(body), headers: {} }])
  return c.json({ status: 'accepted', message: typeof body, batch_id: 'b-1', correlation_id: 'c-1' }, 202)
})
Bun.serve({ hostname: '127.0.0.1', port: Number(process.argv[2]), fetch: app.fetch })

import { Database } from 'bun:sqlite'
import { afterAll } from 'bun:test'
import { createEmbeddedMarkers } from '../../../../shared/store/marker/embedded.ts'
import { createRedisMarkers } from '../../../../shared/store/marker/redis.ts'
import { createRedisClient } from '../../../../shared/store/redis/client.ts'
import { describeRedis, uniquePrefix } from '../../../support/engines.ts'
import { silent } from '../../../support/silent.ts'
import { markerContract } from './contract.ts'

markerContract('embedded', () => createEmbeddedMarkers(new Database(':memory:', { strict: true })))

describeRedis('on Redis', (url) => {
  const redis = createRedisClient({ url, connectionName: 'marker-test', logger: silent })
  afterAll(() => redis.close())
  markerContract('redis', () => createRedisMarkers({ redis, prefix: uniquePrefix() }))
})

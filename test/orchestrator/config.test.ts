import { expect, test } from 'bun:test'
import { maxBodyBytes, OrchestratorConfig } from '../../orchestrator/config.ts'
import { parseEnvironment } from '../../shared/config.ts'

const needed = {
  KAFKA_BROKERS: 'a:9092',
  REDIS_URL: 'redis://a:6379',
  INTERNAL_API_KEY: 'an-internal-key-for-tests',
}

test('the defaults are those of the design', () => {
  expect(parseEnvironment(OrchestratorConfig, needed)).toMatchObject({
    ORCHESTRATOR_PORT: 4003,
    HOST: '127.0.0.1',
    READY_WAIT_SECONDS: 60,
    MAX_BATCH_ESSAYS: 5_000,
    CONDUCTOR_URL: 'http://127.0.0.1:4002',
  })
})

test('everything that is wrong or missing is listed at once', () => {
  const parse = () =>
    parseEnvironment(OrchestratorConfig, { ORCHESTRATOR_PORT: 'x', READY_WAIT_SECONDS: '0', CONDUCTOR_URL: 'ftp://a' })
  for (const name of ['KAFKA_BROKERS', 'REDIS_URL', 'ORCHESTRATOR_PORT', 'READY_WAIT_SECONDS', 'CONDUCTOR_URL'])
    expect(parse).toThrow(name)
})

test('a registration of as many essays as are allowed fits, also with long ids', () => {
  const ids = Array.from({ length: 1_000 }, () => 'x'.repeat(255))
  expect(JSON.stringify({ essay_ids: ids }).length).toBeLessThan(maxBodyBytes(1_000))
})

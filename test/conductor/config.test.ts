import { expect, test } from 'bun:test'
import { ConductorConfig } from '../../conductor/config.ts'
import { CALL_TIMEOUT_MS } from '../../gateway/clients.ts'
import { parseEnvironment } from '../../shared/config.ts'

const KEY = 'an-internal-key-for-tests'

test('the defaults are those of the design', () => {
  const config = parseEnvironment(ConductorConfig, {
    KAFKA_BROKERS: 'a:9092',
    REDIS_URL: 'redis://a:6379',
    INTERNAL_API_KEY: KEY,
  })
  expect(config).toMatchObject({ CONDUCTOR_PORT: 4002, HOST: '127.0.0.1', CATCH_UP_WAIT_MS: 2_500 })
  // Longer, and a gateway took a conductor that catches up for one that does not answer, and asked it nothing for a while.
  expect(config.CATCH_UP_WAIT_MS).toBeLessThan(CALL_TIMEOUT_MS)
})

test('everything that is wrong or missing is listed at once', () => {
  const parse = () =>
    parseEnvironment(ConductorConfig, { CONDUCTOR_PORT: 'x', REDIS_URL: 'http://a', CATCH_UP_WAIT_MS: '-1' })
  for (const name of ['KAFKA_BROKERS', 'CONDUCTOR_PORT', 'REDIS_URL', 'CATCH_UP_WAIT_MS']) expect(parse).toThrow(name)
})

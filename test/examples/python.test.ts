import { afterAll, expect, test } from 'bun:test'
import { dirname, join } from 'node:path'
import { createTokenSigner } from '../../gateway/sign-in/sign.ts'
import { createProgramPool } from '../e2e/process.ts'
import { describeEngines, freePort, uniquePrefix } from '../support/engines.ts'
import { describeTool, output } from '../support/tools.ts'
import { until } from '../support/until.ts'

/** Services on another framework work with ours: a client and a specialist in Python, over HTTP and Kafka. */

const SECRET = 'a-secret-of-more-than-32-characters-in-all'

describeTool('hadolint', 'Python with what `bun run tools` installs', (tool) => {
  const python = join(dirname(tool), 'python')
  const programs = createProgramPool()
  afterAll(() => programs.endAll())

  describeEngines('and our services', ({ brokers, redisUrl }) => {
    test('a Python client asks the gateway, and a Python specialist reads and writes our topics', async () => {
      const prefix = uniquePrefix()
      const ports = { gateway: await freePort(), conductor: await freePort(), orchestrator: await freePort() }
      const url = (name: keyof typeof ports) => `http://127.0.0.1:${ports[name]}`
      const env = {
        KAFKA_BROKERS: brokers.join(','),
        KAFKA_PREFIX: prefix,
        REDIS_URL: redisUrl,
        REDIS_PREFIX: prefix,
        TOPIC_PARTITIONS: '1',
        INTERNAL_API_KEY: 'an-internal-key-for-tests',
        JWT_SECRET: SECRET,
        GATEWAY_PORT: `${ports.gateway}`,
        CONDUCTOR_PORT: `${ports.conductor}`,
        ORCHESTRATOR_PORT: `${ports.orchestrator}`,
        CONDUCTOR_URL: url('conductor'),
        ORCHESTRATOR_URL: url('orchestrator'),
        RATE_LIMIT_STATUS_PER_MINUTE: '0',
      }
      for (const name of ['gateway', 'conductor', 'orchestrator']) programs.start(`${name}/main.ts`, env)
      await until(
        async () => {
          const answers = Object.values(ports).map((port) => fetch(`http://127.0.0.1:${port}/readyz`))
          return (await Promise.all(answers)).every(({ ok }) => ok)
        },
        { timeoutMs: 90_000, what: 'the services to be ready', intervalMs: 100 },
      )
      const sign = createTokenSigner({
        issuer: 'huleedu-identity-service',
        audience: 'huleedu-platform',
        secret: SECRET,
        clock: Date.now,
      })
      const { code, text } = await output([python, join(import.meta.dir, '../../examples/python/client.py')], {
        BATON_URL: url('gateway'),
        BATON_TOKEN: await sign({ userId: 'ada', orgId: null, roles: ['teacher'] }),
        KAFKA_BROKERS: env.KAFKA_BROKERS,
        KAFKA_PREFIX: prefix,
      })
      expect({ code, text: code === 0 ? '' : text }).toEqual({ code: 0, text: '' })
      expect(text).toContain('"status": "completed_successfully"')
    }, 180_000)
  })
})

import { expect, test } from 'bun:test'
import { z } from 'zod'
import { parseEnvironment } from '../../shared/config.ts'
import { runService, type ServiceHost } from '../../shared/run-service.ts'

/** A process that writes down what is done with it. */
const host = (env: ServiceHost['env'] = {}) => {
  const exits: number[] = []
  const said: string[] = []
  const listeners = new Map<string, (given: never) => void>()
  const process: ServiceHost = {
    env,
    stderr: { write: (text) => void said.push(text) },
    on: (event: string, listener: (given: never) => void) => void listeners.set(event, listener),
    removeAllListeners: (event) => void listeners.delete(event),
    exit: (code) => void exits.push(code),
  }
  return { process, exits, said, listeners }
}

test('a service is given its environment, and a logger, metrics and a lifecycle of its own', async () => {
  const { process, exits, said, listeners } = host({ LOG_LEVEL: 'error', PORT: '1' })
  const seen: unknown[] = []
  await runService('conductor', process, async ({ environment, logger, metrics, lifecycle, context }) => {
    seen.push(environment['PORT'], typeof logger.info, typeof lifecycle.stop, context.current())
    seen.push((await metrics.exposition()).text.includes('service="conductor"'))
  })
  expect(seen).toEqual(['1', 'function', 'function', undefined, true])
  expect({ exits, said }).toEqual({ exits: [], said: [] })
  expect([...listeners.keys()].sort()).toEqual(['SIGINT', 'SIGTERM', 'unhandledRejection', 'warning'])
})

test("the runtime's warnings go into the log, not past it", async () => {
  const { process, listeners } = host()
  const own = () => {}
  listeners.set('warning', own)
  await runService('conductor', process, async () => {})
  expect(listeners.get('warning')).toBeFunction()
  expect(listeners.get('warning')).not.toBe(own)
})

test('a wrong environment is told for a person to read; what was built is undone; the exit is 1', async () => {
  const { process, exits, said } = host({ LOG_LEVEL: 'error' })
  const undone: string[] = []
  await runService('conductor', process, async ({ environment, lifecycle }) => {
    lifecycle.onStop('log', () => void undone.push('log'))
    parseEnvironment(z.object({ KAFKA_BROKERS: z.string() }), environment)
  })
  expect(said).toEqual(['conductor cannot start. The configuration has 1 problem(s):\n  KAFKA_BROKERS: is missing\n'])
  expect({ exits, undone }).toEqual({ exits: [1], undone: ['log'] })
})

test('a failure that nobody expected is told with its stack', async () => {
  const { process, exits, said } = host({ LOG_LEVEL: 'error' })
  await runService('conductor', process, () => Promise.reject(new Error('a bug')))
  expect(said.join('')).toMatch(/^conductor cannot start\. Error: a bug\n\s+at /)
  expect(exits).toEqual([1])
})

import { expect, test } from 'bun:test'
import { parseEnvironment } from '../../shared/config.ts'
import { SimulatorConfig } from '../../simulator/config.ts'

const parse = (environment: Readonly<Record<string, string>>) =>
  parseEnvironment(SimulatorConfig, { KAFKA_BROKERS: 'localhost:9092', ...environment })

test('the defaults: some time for each essay, and nothing goes wrong', () => {
  const { SIMULATOR_PHASE_MS, SIMULATOR_PAUSED, ...others } = parse({})
  expect({ SIMULATOR_PHASE_MS, SIMULATOR_PAUSED }).toEqual({ SIMULATOR_PHASE_MS: 200, SIMULATOR_PAUSED: [] })
  const rates = Object.entries(others).filter(([name]) => name.endsWith('_RATE'))
  expect(rates.map(([, rate]) => rate)).toEqual([0, 0, 0, 0, 0, 0])
})

test('what is paused is a comma list', () => {
  expect(parse({ SIMULATOR_PAUSED: 'nlp, content' }).SIMULATOR_PAUSED).toEqual(['nlp', 'content'])
})

test('a rate is a number from 0 to 1', () => {
  for (const [text, rate] of [
    ['0', 0],
    ['1', 1],
    ['.5', 0.5],
    ['0.05', 0.05],
    ['1.0', 1],
  ] as const)
    expect(parse({ SIMULATOR_FAILURE_RATE: text }).SIMULATOR_FAILURE_RATE).toBe(rate)
  for (const text of ['-0.1', '1.1', '2', '50%', 'x', '.', '0,5'])
    expect(() => parse({ SIMULATOR_FAILURE_RATE: text })).toThrow(
      'SIMULATOR_FAILURE_RATE: must be a number from 0 to 1',
    )
})

test('it refuses a broker beyond loopback, unless told to use it', () => {
  for (const brokers of ['kafka.example.org:9092', 'localhost:9092,10.0.0.7:9092', '127.0.0.1.evil.test:9092']) {
    expect(() => parse({ KAFKA_BROKERS: brokers })).toThrow('SIMULATOR_ALLOW_REMOTE')
    expect(parse({ KAFKA_BROKERS: brokers, SIMULATOR_ALLOW_REMOTE: 'on' }).KAFKA_BROKERS.length).toBeGreaterThan(0)
  }
  for (const brokers of ['127.0.0.1:9092', 'localhost:1,127.0.0.2:2', '[::1]:9092'])
    expect(parse({ KAFKA_BROKERS: brokers }).KAFKA_BROKERS).toEqual(brokers.split(','))
})

test('everything that is wrong is listed at once, also the broker beside another mistake', () => {
  const wrong = { KAFKA_BROKERS: 'kafka.example.org:9092', SIMULATOR_PHASE_MS: '-1', SIMULATOR_ALLOW_REMOTE: 'maybe' }
  for (const name of ['KAFKA_BROKERS', 'SIMULATOR_PHASE_MS', 'SIMULATOR_ALLOW_REMOTE'])
    expect(() => parse(wrong)).toThrow(name)
  expect(() => parseEnvironment(SimulatorConfig, {})).toThrow('KAFKA_BROKERS: is missing')
})

import { expect, test } from 'bun:test'
import { createLogger } from '../../../shared/telemetry/logger.ts'
import { readableFor, telemetrySettings } from '../../../shared/telemetry/settings.ts'

test('a person at a terminal in development reads text, everything else JSON', async () => {
  const format = async (environment: Record<string, string>, isTerminal: boolean) =>
    (await readableFor(telemetrySettings(environment), isTerminal)) === undefined ? 'json' : 'text'
  const production = { ENVIRONMENT: 'production' }
  expect([await format({}, true), await format({}, false)]).toEqual(['text', 'json'])
  expect([await format(production, true), await format(production, false)]).toEqual(['json', 'json'])
  expect(await format({ LOG_FORMAT: 'text', ...production }, false)).toBe('text')
})

test('a wrong value counts as not set: the whole configuration will say so', () => {
  expect(telemetrySettings({ LOG_LEVEL: 'loud', OTEL_TRACES_SAMPLER_ARG: '7', ENVIRONMENT: 'x' })).toEqual({
    LOG_LEVEL: 'info',
    OTEL_TRACES_SAMPLER_ARG: 1,
    ENVIRONMENT: 'x',
  })
})

test('text is one line a person can read, without secrets', async () => {
  const written: string[] = []
  const logger = createLogger({
    service: 'gateway',
    level: 'info',
    readable: await readableFor(telemetrySettings({ LOG_FORMAT: 'text' }), false),
    write: (line) => written.push(line),
  })
  logger.warn({ batch_id: 'b-1', authorization: 'pl4nted' }, 'refused Bearer pl4nted')
  expect(written).toHaveLength(1)
  expect(written[0]).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] WARN.*: gateway: refused Bearer \[redacted\] .*"b-1".*\n$/)
  expect(written[0]).not.toContain('pl4nted')
})

import { expect, test } from 'bun:test'
import { createLogger } from '../../../shared/telemetry/logger.ts'
import { logFormatOf, telemetrySettings } from '../../../shared/telemetry/settings.ts'

test('a person at a terminal in development reads text, everything else JSON', () => {
  const development = telemetrySettings({})
  const production = telemetrySettings({ ENVIRONMENT: 'production' })
  expect([true, false].map((terminal) => logFormatOf(development, terminal))).toEqual(['text', 'json'])
  expect([true, false].map((terminal) => logFormatOf(production, terminal))).toEqual(['json', 'json'])
  expect(logFormatOf(telemetrySettings({ LOG_FORMAT: 'text', ENVIRONMENT: 'production' }), false)).toBe('text')
})

test('a wrong value counts as not set: the whole configuration will say so', () => {
  expect(telemetrySettings({ LOG_LEVEL: 'loud', OTEL_TRACES_SAMPLER_ARG: '7', ENVIRONMENT: 'x' })).toEqual({
    LOG_LEVEL: 'info',
    OTEL_TRACES_SAMPLER_ARG: 1,
    ENVIRONMENT: 'x',
  })
})

test('text is one line a person can read, without secrets', () => {
  const written: string[] = []
  const logger = createLogger({
    service: 'gateway',
    level: 'info',
    format: 'text',
    write: (line) => written.push(line),
  })
  logger.warn({ batch_id: 'b-1', authorization: 'pl4nted' }, 'refused Bearer pl4nted')
  expect(written).toHaveLength(1)
  expect(written[0]).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] WARN.*: gateway: refused Bearer \[redacted\] .*"b-1".*\n$/)
  expect(written[0]).not.toContain('pl4nted')
})

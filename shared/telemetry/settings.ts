import { z } from 'zod'
import { type Environment, processConfig } from '../config.ts'
import type { LoggerOptions } from './logger.ts'

const { LOG_LEVEL, LOG_FORMAT, ENVIRONMENT, OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER_ARG } = processConfig
const fields = { LOG_LEVEL, LOG_FORMAT, ENVIRONMENT, OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER_ARG }
const Telemetry = z.object(fields)
export type TelemetrySettings = z.infer<typeof Telemetry>

/**
 * What a process needs before its configuration is read, to tell of itself. A wrong value counts as not set: the whole
 * configuration is parsed soon after, and then says so.
 */
export const telemetrySettings = (environment: Environment): TelemetrySettings => {
  const set = Object.entries(environment).filter(([, value]) => value !== undefined && value !== '')
  const right = set.filter(([name, value]) => {
    const field = Object.entries(fields).find(([key]) => key === name)?.[1]
    return field?.safeParse(value).success ?? false
  })
  return Telemetry.parse(Object.fromEntries(right))
}

/**
 * What makes log lines readable, where that is set, or a person is watching in development; its code is loaded only there: a
 * thirtieth of a start, measured.
 */
export const readableFor = async (
  { LOG_FORMAT: set, ENVIRONMENT: environment }: Pick<TelemetrySettings, 'LOG_FORMAT' | 'ENVIRONMENT'>,
  isTerminal: boolean,
): Promise<LoggerOptions['readable']> => {
  const format = set ?? (environment === 'development' && isTerminal ? 'text' : 'json')
  return format === 'text' ? (await import('./readable.ts')).readable : undefined
}

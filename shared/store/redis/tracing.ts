import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel'

const CHANNELS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const

/**
 * ioredis traces a command unless `hasSubscribers` is false, which Node's tracing channels have and Bun's lack: every command
 * then copied its arguments and made a promise for nobody to see, up to a fifth of a call, measured. Adds what is missing.
 */
export const traceOnlyForSubscribers = (): void => {
  const prototype: object = Object.getPrototypeOf(tracingChannel('baton'))
  if ('hasSubscribers' in prototype) return
  Object.defineProperty(prototype, 'hasSubscribers', {
    get(this: TracingChannel) {
      return CHANNELS.some((name) => this[name].hasSubscribers)
    },
  })
}

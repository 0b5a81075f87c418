import { Gauge, Histogram, type Registry } from 'prom-client'
import { createCounters } from './counters.ts'

export type Transport = 'sse' | 'websocket'

/** What streams count; never an id in a label. */
export interface StreamMetrics {
  /** How many are open now. */
  open(count: number): void
  /** A snapshot went out, so many seconds after the change that it shows. */
  sent(transport: Transport, seconds: number): void
  /** A change or a snapshot that a newer one overtook before it was sent. */
  coalesced(count: number): void
  /** A reader that was cut off because it did not read. */
  dropped(transport: Transport): void
}

/** Up to the tenth of a second that changes are collected for, and what is beyond good. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 60]

export const createStreamMetrics = (registers: Registry[]): StreamMetrics => {
  const open = new Gauge({ name: 'baton_streams_open', help: 'Streams that are open', registers })
  const counter = createCounters(registers)
  const sent = counter('baton_stream_snapshots_sent_total', 'Snapshots sent', ['transport'])
  const delay = new Histogram({
    name: 'baton_stream_delivery_seconds',
    help: 'From a change to its snapshot being sent; the first snapshot of a stream counts with the age of its state',
    labelNames: ['transport'],
    buckets: SECONDS,
    registers,
  })
  const coalesced = counter('baton_stream_coalesced_total', 'Changes that a later snapshot shows with others', [])
  const dropped = counter('baton_stream_dropped_readers_total', 'Readers that were cut off because they did not read', [
    'transport',
  ])
  return {
    open: (count) => open.set(count),
    sent(transport, seconds) {
      sent([transport])
      delay.observe({ transport }, seconds)
    },
    coalesced: (count) => coalesced([], count),
    dropped: (transport) => dropped([transport]),
  }
}

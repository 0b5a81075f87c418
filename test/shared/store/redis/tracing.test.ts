import { expect, test } from 'bun:test'
import { tracingChannel } from 'node:diagnostics_channel'
import { traceOnlyForSubscribers } from '../../../../shared/store/redis/tracing.ts'

test('a channel says that it has subscribers only while somebody is subscribed', () => {
  traceOnlyForSubscribers()
  traceOnlyForSubscribers()
  const channel = tracingChannel('baton-test')
  const listener = { start() {}, end() {}, asyncStart() {}, asyncEnd() {}, error() {} }
  expect(channel.hasSubscribers).toBe(false)
  channel.subscribe(listener)
  expect(channel.hasSubscribers).toBe(true)
  channel.unsubscribe(listener)
  expect(channel.hasSubscribers).toBe(false)
})

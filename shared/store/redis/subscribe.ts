import { asError } from '../../errors.ts'
import { connectForListening, type RedisOptions } from './connect.ts'

export interface ChannelListener {
  message(text: string): void
  /** The connection was lost and is back: messages of the meantime are gone. */
  gap(): void
}

/**
 * Listens to a channel on a connection of its own, which a subscription takes for itself. Returns at once, also while
 * Redis is away. Of a Cluster, ioredis replaces a lost node silently: there, nothing tells of the gap.
 */
export const subscribeTo = (
  options: RedisOptions,
  channel: string,
  listener: ChannelListener,
): (() => Promise<void>) => {
  const redis = connectForListening(options)
  let connected = false
  redis.on('message', (_, text: string) => listener.message(text))
  redis.on('ready', () => {
    // Again after a reconnection: `gap` must come when messages do arrive again, not before.
    redis.subscribe(channel).then(
      () => {
        if (connected) listener.gap()
        connected = true
      },
      (thrown) => options.logger.warn({ err: asError(thrown).message, channel }, 'not subscribed'),
    )
  })
  return async () => redis.disconnect()
}

import { asError } from '../../errors.ts'
import { sleep } from '../../retry.ts'
import { connectForListening, type RedisOptions } from './connect.ts'

export interface ChannelListener {
  message(text: string): void
  /** The connection was lost and is back: messages of the meantime are gone. */
  gap(): void
}

/** Milliseconds until a subscription that was refused is asked for again. */
const AGAIN_MS = 200

/**
 * Listens to a channel on a connection of its own, which a subscription takes for itself. Returns at once, also while
 * Redis is away or refuses. Of a Cluster, ioredis replaces a lost node silently: there, nothing tells of the gap.
 */
export const subscribeTo = (
  options: RedisOptions,
  channel: string,
  listener: ChannelListener,
): (() => Promise<void>) => {
  const redis = connectForListening(options)
  let connected = false
  let connection = new AbortController()

  /** A Cluster is ready a moment before the node that it listens on is chosen, and refuses until then. */
  const listen = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      try {
        await redis.subscribe(channel)
        // Messages do arrive from here on, not before.
        if (connected) listener.gap()
        connected = true
        return
      } catch (thrown) {
        if (signal.aborted) return
        options.logger.warn({ err: asError(thrown).message, channel }, 'not subscribed')
        await sleep(AGAIN_MS, signal)
      }
    }
  }
  redis.on('message', (_, text: string) => listener.message(text))
  redis.on('ready', () => {
    connection.abort()
    connection = new AbortController()
    void listen(connection.signal)
  })
  return async () => {
    connection.abort()
    redis.disconnect()
  }
}

import type { Redis } from 'ioredis'
import { asError } from '../../errors.ts'
import { sleep } from '../../retry.ts'
import { connectForListening, nodesOf, type RedisOptions } from './connect.ts'

export interface ChannelListener {
  message(text: string): void
  /** The connection was lost and is back: messages of the meantime are gone. */
  gap(): void
}

/** Milliseconds until the next try to listen, at first and at most. */
const AGAIN_MS = { first: 50, most: 2_000 }

/**
 * Listens to a channel on a connection of its own, which a subscription takes for itself; of a Cluster on one node, and on
 * another when that is lost. Returns at once, also while Redis is away or refuses: then it is tried again until it stands.
 */
export const subscribeTo = (
  options: RedisOptions,
  channel: string,
  listener: ChannelListener,
): (() => Promise<void>) => {
  const ending = new AbortController()
  const nodes = nodesOf(options.url)
  let redis: Redis | undefined
  let tries = 0
  let stood = false

  /** Resolves when the connection is over. */
  const listenAt = async (node: string): Promise<void> => {
    const connection = connectForListening(options, node)
    redis = connection
    const over = new Promise<void>((resolve) => connection.once('end', resolve))
    connection.on('message', (_, text: string) => {
      if (!ending.signal.aborted) listener.message(text)
    })
    try {
      await connection.subscribe(channel)
      tries = 0
      // Messages do arrive from here on, not before.
      if (stood && !ending.signal.aborted) listener.gap()
      stood = true
    } catch (thrown) {
      if (!ending.signal.aborted) options.logger.warn({ err: asError(thrown).message, channel }, 'not subscribed')
      connection.disconnect()
    }
    await over
  }
  const listening = (async () => {
    for (let n = 0; !ending.signal.aborted; n++) {
      await listenAt(nodes[n % nodes.length] ?? options.url)
      await sleep(Math.min(AGAIN_MS.first * 2 ** tries++, AGAIN_MS.most), ending.signal)
    }
  })()

  return async () => {
    ending.abort()
    redis?.disconnect()
    await listening
  }
}

import { z } from 'zod'
import { asError } from '../../errors.ts'
import { batchId } from '../../ids.ts'
import type { Logger } from '../../telemetry/logger-port.ts'
import type { RedisClient } from '../redis/client.ts'
import { isolated } from './isolated.ts'
import type { Change, ChangeFeed } from './port.ts'

export interface RedisChangeFeedOptions {
  readonly redis: Pick<RedisClient, 'publish' | 'subscribe'>
  /** Put before the channel's name; default none. */
  readonly prefix?: string
  readonly logger: Logger
}

/**
 * Short, since every replica reads all of them: `[batch id, revision, user id or null]`, and only where a trace is recorded
 * `correlation id, traceparent`. What a later version adds behind is not read.
 */
const Entry = z.tuple([z.string(), z.int(), z.string().nullable(), z.string().optional(), z.string().optional()])
const Notice = z.array(Entry.rest(z.unknown()))
const MAX_PER_MESSAGE = 500

/** The channel that all replicas listen to. */
export const changesChannel = (prefix: string): string => `${prefix}changes`

/** Changes over Redis pub/sub: one message for all that one fetch of the log changed. */
export const createRedisChangeFeed = ({ redis, prefix = '', logger }: RedisChangeFeedOptions): ChangeFeed => {
  const channel = changesChannel(prefix)

  return {
    publish(changes) {
      for (let first = 0; first < changes.length; first += MAX_PER_MESSAGE) {
        const notice = changes.slice(first, first + MAX_PER_MESSAGE).map(entryOf)
        redis.publish(channel, JSON.stringify(notice)).catch((thrown) => {
          logger.warn({ err: asError(thrown).message }, 'replicas were not told of a change')
        })
      }
    },
    subscribe: (listener) =>
      redis.subscribe(channel, {
        message: (text) => isolated(logger, () => listener.changed(changesOf(text))),
        gap: () => isolated(logger, () => listener.gap()),
      }),
  }
}

const entryOf = ({ batchId, revision, userId, cause }: Change) =>
  cause === undefined
    ? [batchId, revision, userId]
    : [batchId, revision, userId, cause.correlationId, cause.traceparent]

const changesOf = (text: string): readonly Change[] =>
  Notice.parse(JSON.parse(text)).map(([id, revision, userId, correlationId, traceparent]) => {
    const change = { batchId: batchId(id), revision, userId }
    if (correlationId === undefined || traceparent === undefined) return change
    return { ...change, cause: { correlationId, traceparent } }
  })

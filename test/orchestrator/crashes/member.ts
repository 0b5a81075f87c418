import { createOutboxPublisher } from '../../../orchestrator/outbox.ts'
import type { RunStore } from '../../../orchestrator/runs/port.ts'
import { createSettle } from '../../../orchestrator/settle.ts'
import { createSweeper } from '../../../orchestrator/sweeper.ts'
import { bucketOf } from '../../../shared/buckets.ts'
import { PassingError } from '../../../shared/errors.ts'
import { type BatchId, derivedId } from '../../../shared/ids.ts'
import type { OutgoingMessage } from '../../../shared/log/port.ts'
import { silent } from '../../support/silent.ts'
import * as support from '../support.ts'
import type { Disturbances } from './crashing.ts'
import type { Scenario } from './world.ts'

export interface MemberDeps {
  readonly who: number
  readonly batchId: BatchId
  readonly store: RunStore
  readonly published: OutgoingMessage[]
  readonly disturbances: Disturbances
  readonly scenario: Scenario
  /** How often the conductor is still away when it is asked; shared by all members. */
  readonly away: { times: number }
}

/** One orchestrator on a store and a log that it shares with another. */
export const createMember = ({ who, batchId, store: whole, published, disturbances, scenario, away }: MemberDeps) => {
  const { point, wrap } = disturbances
  // Only the bucket that has the batch is worth a look.
  const ofOurs: RunStore = {
    ...whole,
    due: async (bucket, ...rest) =>
      bucket === bucketOf(batchId) ? whole.due(bucket, ...rest) : { lost: false, timers: [] },
  }
  const store = wrap(ofOurs, who, ['due', 'timers', 'pauses', 'ping'])
  const log = {
    /** One by one: a crash may leave some of them on the log and others not. */
    async publish(messages: readonly OutgoingMessage[]) {
      for (const message of messages) {
        await point(who)
        published.push(message)
      }
      await point(who)
      return messages.map(({ topic }, offset) => ({ topic, partition: 0, offset }))
    },
  }
  const publish = createOutboxPublisher({ log, store, render: support.render, logger: silent })
  const settle = createSettle({
    store,
    publish,
    /** The conductor's answer, which may fail, come late, or never. */
    async plan(book) {
      await point(who)
      if (!book.pending) return undefined
      const { request_id } = book.pending
      if (away.times > 0) {
        away.times -= 1
        throw new PassingError('conductor', 'it is away')
      }
      if (scenario.unplannable !== null && request_id === requestId(scenario.unplannable)) throw new Error('no plan')
      const input = support.start({ ...scenario.plan, request_id, run_id: derivedId(request_id, 'run') })
      await point(who)
      return { decision: 'start', input }
    },
    logger: silent,
    metrics: { request() {}, commanded() {}, ended() {} },
  })
  const sweeper = createSweeper({
    ...{ store, publish, settle, logger: silent, owner: 'one', metrics: { swept() {} } },
    pauses: { async apply() {} },
    restore: () => Promise.reject(new Error('nothing was lost')),
  })
  return { store, settle, sweep: sweeper.sweep }
}
export type Member = ReturnType<typeof createMember>

/** Id of the request that somebody asks first, second... */
export const requestId = (n: number): string => derivedId('request', n)

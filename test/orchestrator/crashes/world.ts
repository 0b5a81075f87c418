import { createOutboxPublisher } from '../../../orchestrator/outbox.ts'
import type { Book } from '../../../orchestrator/runs/model/book.ts'
import type { StartInput, Transitioned } from '../../../orchestrator/runs/port.ts'
import { createSettle } from '../../../orchestrator/settle.ts'
import { createSweeper } from '../../../orchestrator/sweeper.ts'
import { receiveAs } from '../../../shared/contracts/receive.ts'
import { TOPICS } from '../../../shared/contracts/topics.ts'
import { batchId, derivedId } from '../../../shared/ids.ts'
import type { OutgoingMessage } from '../../../shared/log/port.ts'
import { silent } from '../../support/silent.ts'
import { createMemoryRunStore } from '../runs/memory-store.ts'
import * as support from '../support.ts'
import { Crash, type Crashes } from './crashing.ts'

const ID = batchId('b-1')
const COMMANDS = [TOPICS.spellcheckCommand, TOPICS.nlpCommand, TOPICS.aiFeedbackCommand] as const
/** A command's topic -> its phase. */
export const PHASE_OF: ReadonlyMap<string, string> = new Map<string, string>([
  [TOPICS.spellcheckCommand, 'spellcheck'],
  [TOPICS.nlpCommand, 'nlp'],
  [TOPICS.aiFeedbackCommand, 'ai_feedback'],
])

/** What a specialist makes of a command. */
export type Answer = 'succeeds' | 'fails' | 'half' | 'twice' | 'nothing'

export interface Scenario {
  readonly plan: Pick<StartInput, 'execution' | 'phases'>
  /** Which of them a command gets depends on its id alone, and so on no crash. */
  readonly answers: readonly Answer[]
  /** Before which answer somebody cancels, and before which somebody asks for another run. */
  readonly cancelBefore: number | null
  readonly askBefore: number | null
}

/** One orchestrator on the reducers and a log, which crashes and is started again; everything is delivered at least once. */
export const createWorld = ({ plan, answers, cancelBefore, askBefore }: Scenario, crashes: Crashes) => {
  let now = support.NOW * 1_000
  const whole = createMemoryRunStore(() => now)
  const store = crashes.wrap(whole, ['due', 'timers', 'pauses', 'ping'])
  const published: OutgoingMessage[] = []
  const log = {
    /** One by one: a crash may leave some of them on the log and others not. */
    async publish(messages: readonly OutgoingMessage[]) {
      for (const message of messages) {
        crashes.point()
        published.push(message)
      }
      crashes.point()
      return messages.map(({ topic }, offset) => ({ topic, partition: 0, offset }))
    },
  }
  const publish = createOutboxPublisher({ log, store, render: support.render, logger: silent })
  const settle = createSettle({
    store,
    publish,
    // No crash of its own: what stands before and after it has one.
    async plan(book: Book) {
      if (!book.pending) return undefined
      const { request_id } = book.pending
      const input = support.start({ ...plan, request_id, run_id: derivedId(request_id, 'run') })
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

  /** What is not acknowledged is delivered again, until the process lives long enough. */
  const deliver = async (transition: () => Promise<Transitioned>): Promise<void> => {
    for (;;) {
      try {
        await settle(ID, await transition())
        return
      } catch (thrown) {
        if (!(thrown instanceof Crash)) throw thrown
      }
    }
  }
  const ask = (n: number) => {
    const ids = { request_id: derivedId('request', n), correlation_id: derivedId('correlation', n) }
    const message = support.messageText({ client_correlation_id: ids.correlation_id })
    const position = { place: 'huleedu.commands.batch.pipeline.v1|0', offset: n }
    const input = support.request({ ...ids, message, position, at: Math.floor(now / 1_000) })
    return deliver(() => store.request(ID, input))
  }
  const cancel = () =>
    deliver(() =>
      store.cancel(ID, {
        request_id: 'cancel',
        correlation_id: support.CORRELATION,
        run_id: null,
        reason: 'cancelled',
      }),
    )

  const answer = async (message: OutgoingMessage, n: number): Promise<void> => {
    const { data, correlation_id, event_id } = commandOf(message).envelope
    const how = answers[Number.parseInt(event_id.slice(0, 8), 16) % answers.length] ?? 'succeeds'
    if (how === 'nothing') return
    const ids = data.essays_to_process.map(({ essay_id }) => essay_id)
    const good = how === 'fails' ? [] : how === 'half' ? ids.slice(0, Math.ceil(ids.length / 2)) : ids
    const input = support.outcome({
      cause: derivedId('outcome', event_id),
      correlation_id,
      phase: PHASE_OF.get(message.topic) ?? '',
      processed: good.map((id) => [id, `text of ${id} after ${message.topic}`] as const),
      failed: ids.filter((id) => !good.includes(id)),
      at: Math.floor(now / 1_000),
      position: { place: `${TOPICS.phaseOutcome}|0`, offset: n },
    })
    for (let times = how === 'twice' ? 2 : 1; times > 0; times--) await deliver(() => store.outcome(ID, input))
  }

  const commands = (): readonly OutgoingMessage[] => {
    const byId = new Map<string, OutgoingMessage>()
    for (const message of published)
      if (PHASE_OF.has(message.topic)) byId.set(commandOf(message).envelope.event_id, message)
    return [...byId.values()]
  }

  return {
    /** Plays it to its end: until nothing is left to be answered, and nothing waits. */
    async play(): Promise<void> {
      await deliver(() => store.register(ID, support.register()))
      await deliver(() => store.content(ID, support.content()))
      await ask(0)
      for (let answered = 0, idle = 0; idle < 3; ) {
        now += 1_000_000
        if (answered === cancelBefore) await cancel()
        if (answered === askBefore) await ask(1)
        const next = commands()[answered]
        if (next) {
          await answer(next, answered)
          answered += 1
          idle = 0
        } else {
          // First what a crash left unsaid, then whatever has a deadline.
          const left = await whole.read(ID)
          now += left && left.entries.length > 0 ? 3_000_000 : 61_000_000
          const toCome = crashes.left()
          await sweeper.sweep()
          // A sweep that crashed, or that commanded something, was not idle.
          idle = crashes.left() < toCome || commands()[answered] ? 0 : idle + 1
        }
      }
    },
    published: (): readonly OutgoingMessage[] => published,
    commands,
    book: () => support.bookIn(whole, ID),
  }
}

/** A command as its reader gets it. */
const commandOf = (message: OutgoingMessage) => {
  const topic = COMMANDS.find((one) => one === message.topic)
  if (!topic) throw new Error(`${message.topic} is no command`)
  return receiveAs(topic, support.recordOf(message))
}

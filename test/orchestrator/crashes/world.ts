import type { RunStore, StartInput, Transitioned } from '../../../orchestrator/runs/port.ts'
import { receiveAs } from '../../../shared/contracts/receive.ts'
import { TOPICS } from '../../../shared/contracts/topics.ts'
import { PassingError } from '../../../shared/errors.ts'
import { batchId, derivedId, randomId } from '../../../shared/ids.ts'
import type { OutgoingMessage } from '../../../shared/log/port.ts'
import { createMemoryRunStore } from '../runs/memory-store.ts'
import * as support from '../support.ts'
import { Crash, createDisturbances, type Gaps } from './crashing.ts'
import { createMember, type Member, requestId } from './member.ts'

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
  /** The request that no plan can be made for. */
  readonly unplannable: number | null
}

/** What disturbs a history: it must not change how it ends. */
export interface Disturbed extends Gaps {
  /** How often the conductor is away when it is asked for a plan. */
  readonly away: number
  /** How many members stand still in the middle of something before the first of them goes on. */
  readonly linger: number
}

export const UNDISTURBED: Disturbed = { crashes: [], moves: [], away: 0, linger: 0 }

/** A store and the clock that it reads, in microseconds since 1970. */
export interface Ground {
  readonly store: RunStore
  readonly clock: { now: number }
}

/** The reducers alone. */
export const memoryGround = (): Ground => {
  const clock = { now: support.NOW * 1_000 }
  return { clock, store: createMemoryRunStore(() => clock.now) }
}

/**
 * Two orchestrators on a store and a log, of which one has the partition. They crash and are started again, and the partition
 * moves between them in the middle of whatever is in hand; everything is delivered at least once.
 */
export const createWorld = (scenario: Scenario, disturbed: Disturbed, { store: whole, clock }: Ground) => {
  const { answers, cancelBefore, askBefore } = scenario
  const disturbances = createDisturbances(disturbed)
  const batch = batchId(`b-${randomId()}`)
  const published: OutgoingMessage[] = []
  const away = { times: disturbed.away }
  const member = (who: number) =>
    createMember({ who, batchId: batch, store: whole, published, disturbances, scenario, away })
  const members = [member(0), member(1)] as const
  /** What members do that have lost the partition meanwhile. */
  const left = new Set<Promise<unknown>>()

  const isTriedAgain = (thrown: unknown) => thrown instanceof Crash || thrown instanceof PassingError

  /** What is not acknowledged is delivered again, to whoever has the partition then. */
  const handle = async (work: (by: Member) => Promise<unknown>): Promise<void> => {
    for (let isDone = false; !isDone; ) {
      const { player, moved } = disturbances.turn()
      const ended = work(player === 0 ? members[0] : members[1]).then(
        () => 'done' as const,
        (thrown) => {
          if (!isTriedAgain(thrown)) throw thrown
          return 'failed' as const
        },
      )
      const how = await Promise.race([ended, moved])
      if (how === 'moved') left.add(ended)
      isDone = how === 'done'
    }
    while (disturbances.standing() > disturbed.linger) disturbances.goOn()
  }
  /** Whoever stood still comes to an end. */
  const letAllGoOn = async (): Promise<void> => {
    const ended = Promise.all(left).then(() => 'ended' as const)
    left.clear()
    // One that goes on may lose the partition once more.
    for (let how = 'going on'; how !== 'ended'; how = await Promise.race([ended, Bun.sleep(0).then(() => 'going on')]))
      while (disturbances.standing() > 0) disturbances.goOn()
  }
  const toCome = (): number => {
    const { crashes, moves } = disturbances.left()
    return crashes + moves + away.times
  }
  const deliver = (transition: (store: RunStore) => Promise<Transitioned>): Promise<void> =>
    handle(async ({ store, settle }) => settle(batch, await transition(store)))

  const ask = (n: number) => {
    const ids = { request_id: requestId(n), correlation_id: derivedId('correlation', n) }
    const message = support.messageText({ client_correlation_id: ids.correlation_id })
    const position = { place: 'huleedu.commands.batch.pipeline.v1|0', offset: n }
    const input = support.request({ ...ids, message, position, at: Math.floor(clock.now / 1_000) })
    return deliver((store) => store.request(batch, input))
  }
  const cancel = () => {
    const { CORRELATION: correlation_id } = support
    const input = { request_id: 'cancel', correlation_id, run_id: null, reason: 'cancelled' } as const
    return deliver((store) => store.cancel(batch, input))
  }

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
      at: Math.floor(clock.now / 1_000),
      position: { place: `${TOPICS.phaseOutcome}|0`, offset: n },
    })
    for (let times = how === 'twice' ? 2 : 1; times > 0; times--) await deliver((store) => store.outcome(batch, input))
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
      await deliver((store) => store.register(batch, support.register()))
      await deliver((store) => store.content(batch, support.content()))
      await ask(0)
      for (let answered = 0, idle = 0; idle < 3; ) {
        clock.now += 1_000_000
        if (answered === cancelBefore) await cancel()
        if (answered === askBefore) await ask(1)
        const next = commands()[answered]
        if (next) {
          await answer(next, answered)
          answered += 1
          idle = 0
        } else {
          // First what a crash left unsaid, then whatever has a deadline.
          await letAllGoOn()
          if (commands()[answered]) continue
          const unsaid = (await whole.read(batch))?.entries ?? []
          clock.now += unsaid.length > 0 ? 3_000_000 : 61_000_000
          const before = toCome()
          await handle(({ sweep }) => sweep())
          // A sweep that was disturbed, or that commanded something, was not idle.
          idle = toCome() < before || disturbances.standing() > 0 || commands()[answered] ? 0 : idle + 1
        }
      }
    },
    /** How many disturbances never came. */
    spared: disturbances.left,
    published: (): readonly OutgoingMessage[] => published,
    commands,
    book: () => support.bookIn(whole, batch),
  }
}

/** A command as its reader gets it. */
const commandOf = (message: OutgoingMessage) => {
  const topic = COMMANDS.find((one) => one === message.topic)
  if (!topic) throw new Error(`${message.topic} is no command`)
  return receiveAs(topic, support.recordOf(message))
}

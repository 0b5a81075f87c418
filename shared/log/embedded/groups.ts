import type { Logger } from '../../telemetry/logger-port.ts'
import type { ConsumeOptions, FetchHandler, LogRecord, Position, Subscription } from '../port.ts'
import { createPump, type Pump } from '../pump.ts'
import type { Records } from './records.ts'

/** A partition that a member owns. */
interface Owned {
  readonly topic: string
  readonly partition: number
  readonly pump: Pump
}

interface Member {
  readonly options: ConsumeOptions
  readonly handler: FetchHandler
  owned: readonly Owned[]
}

export interface Groups {
  join(options: ConsumeOptions, handler: FetchHandler): Promise<Subscription>
  /** Something was appended to these topics: waiting pumps look again. */
  wake(topics: ReadonlySet<string>): void
}

const DEFAULT_FETCH = 500

/** Consumer groups within one process: members share the partitions of their topics, and share anew on a join or a leave. */
export const createGroups = ({ records, logger }: { records: Records; logger: Logger }): Groups => {
  const groups = new Map<string, Member[]>()
  const rebalancing = new Map<string, Promise<void>>()
  const sleepers = new Map<string, Set<() => void>>()

  const asleep = (topic: string, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const set = sleepers.get(topic) ?? new Set()
      sleepers.set(topic, set)
      const wake = () => {
        set.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      set.add(wake)
      signal.addEventListener('abort', wake)
    })

  const own = ({ options, handler }: Member, topic: string, partition: number): Owned => {
    const { group, maxFetchRecords = DEFAULT_FETCH } = options
    const start = records.committed(group, topic, partition)
    let next = start
    const take = async (signal: AbortSignal): Promise<readonly LogRecord[] | undefined> => {
      while (!signal.aborted) {
        const found = records.read(topic, partition, next, maxFetchRecords)
        const last = found.at(-1)
        if (last) {
          next = last.offset + 1
          return found
        }
        await asleep(topic, signal)
      }
      return undefined
    }
    const seek = (offset: number): number => {
      next = Math.max(offset, records.start(topic, partition))
      if (options.commit !== 'never') records.commit(group, [{ topic, partition, offset: next }])
      return next
    }
    const commit = (offset: number) => {
      if ((options.commit ?? 'handled') === 'handled') records.commit(group, [{ topic, partition, offset }])
    }
    const pump = createPump({ topic, partition, handler, take, seek, commit, heartbeat: async () => {}, logger })
    pump.setApplied(start)
    return { topic, partition, pump }
  }

  /** Everybody puts down what they hold, finished and committed, before it is shared out again. */
  const share = async (group: string): Promise<void> => {
    const members = groups.get(group) ?? []
    await Promise.all(members.flatMap(({ owned }) => owned.map(({ pump }) => pump.stop())))
    const current = groups.get(group) ?? []
    for (const member of current) member.owned = []
    for (const topic of new Set(current.flatMap(({ options }) => options.topics))) {
      const takers = current.filter(({ options }) => options.topics.includes(topic))
      for (let partition = 0; partition < (records.partitions(topic) ?? 0); partition++) {
        const taker = takers[partition % takers.length]
        if (taker) taker.owned = [...taker.owned, own(taker, topic, partition)]
      }
    }
  }

  const rebalance = (group: string): Promise<void> => {
    const turn = (rebalancing.get(group) ?? Promise.resolve()).then(() => share(group))
    rebalancing.set(group, turn)
    return turn
  }

  return {
    async join(options, handler) {
      const unknown = options.topics.filter((topic) => records.partitions(topic) === undefined)
      if (unknown.length > 0) throw new Error(`there is no topic ${unknown.join(', ')}`)
      const member: Member = { options, handler, owned: [] }
      groups.set(options.group, [...(groups.get(options.group) ?? []), member])
      await rebalance(options.group)
      let stopped = false
      const applied = () =>
        member.owned.map(({ topic, partition, pump }) => {
          const offset = pump.applied() ?? 0
          return { topic, partition, offset, began: pump.began() ?? offset }
        })
      return {
        applied,
        lag: () => applied().map((at) => ({ ...at, lag: records.end(at.topic, at.partition) - at.offset })),
        ready: () => !stopped,
        async commit(positions) {
          const owned = ({ topic, partition }: Position) =>
            member.owned.some((own) => own.topic === topic && own.partition === partition)
          records.commit(options.group, positions.filter(owned))
        },
        async rewind({ topic, partition, offset }) {
          const owned = member.owned.find((own) => own.topic === topic && own.partition === partition)
          await owned?.pump.rewind(offset)
        },
        async stop(last) {
          if (stopped) return
          stopped = true
          await Promise.all(member.owned.map(({ pump }) => pump.stop()))
          await last?.()
          member.owned = []
          groups.set(
            options.group,
            (groups.get(options.group) ?? []).filter((other) => other !== member),
          )
          await rebalance(options.group)
        },
      }
    },
    wake(topics) {
      for (const topic of topics) for (const wake of [...(sleepers.get(topic) ?? [])]) wake()
    },
  }
}

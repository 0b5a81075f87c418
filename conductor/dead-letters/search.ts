import { causeOf } from './cause.ts'
import { type DeadLetterStore, type Letter, type LetterState, placeOf } from './port.ts'

/** Which letters: all conditions must hold, one that is left out always does. */
export interface LetterFilter {
  readonly topic?: string | undefined
  readonly reason?: string | undefined
  readonly batchId?: string | undefined
  readonly correlationId?: string | undefined
  readonly cause?: string | undefined
  readonly state?: LetterState | undefined
}

/** Letters that were dead for the same cause. */
export interface LetterGroup {
  readonly topic: string
  readonly reason: string
  readonly cause: string
  readonly count: number
  readonly open: number
  /** Milliseconds since 1970. */
  readonly firstAt: number
  readonly lastAt: number
  /** The newest one's id. */
  readonly example: string
}

export interface SearchDeps {
  readonly store: Pick<DeadLetterStore, 'page' | 'read'>
  /** All topics that have dead letters. */
  readonly topics: readonly string[]
}

const PAGE = 500

export const stateOf = ({ decision }: Letter): LetterState => decision?.verdict ?? 'open'

/** Finds letters across topics; both stores are searched by the same code. */
export const createLetterSearch = ({ store, topics }: SearchDeps) => {
  async function* ofTopic(topic: string, filter: LetterFilter, from: string | null): AsyncGenerator<Letter> {
    for (let before = from; ; ) {
      const page = await store.page(topic, { before, count: PAGE })
      for (const letter of page) if (matches(filter, letter)) yield letter
      const last = page.at(-1)
      if (!last || page.length < PAGE) return
      before = placeOf(last.head)
    }
  }

  /** Letters of all topics that match, newest first; `before` is the place of the last one seen. */
  async function* newestFirst(filter: LetterFilter, before: string | null = null): AsyncGenerator<Letter> {
    const asked = filter.topic === undefined ? topics : topics.filter((topic) => topic === filter.topic)
    const sources = asked.map((topic) => ofTopic(topic, filter, before))
    const next = await Promise.all(sources.map((source) => source.next()))
    for (;;) {
      let newest = -1
      let place = ''
      for (const [i, { done, value }] of next.entries()) {
        if (done || placeOf(value.head) <= place) continue
        newest = i
        place = placeOf(value.head)
      }
      const [found, source] = [next[newest], sources[newest]]
      if (!found || found.done || !source) return
      yield found.value
      next[newest] = await source.next()
    }
  }

  return {
    newestFirst,

    /** Up to `limit` letters, and the place to go on from; null at the end. */
    async list(filter: LetterFilter, before: string | null, limit: number) {
      const letters: Letter[] = []
      for await (const letter of newestFirst(filter, before)) {
        if (letters.length === limit) return { letters, next: placeOf((letters.at(-1) ?? letter).head) }
        letters.push(letter)
      }
      return { letters, next: null }
    },

    /** Letters that match by what they died of, the largest group first. Looks at the newest `limit` letters. */
    async groups(filter: LetterFilter, limit: number): Promise<readonly LetterGroup[]> {
      const groups = new Map<string, LetterGroup>()
      let seen = 0
      for await (const letter of newestFirst(filter)) {
        if (++seen > limit) break
        const { topic, reason, error, at, id } = letter.head
        const cause = causeOf(error)
        const key = JSON.stringify([topic, reason, cause])
        const group = groups.get(key) ?? {
          topic,
          reason,
          cause,
          count: 0,
          open: 0,
          firstAt: at,
          lastAt: at,
          example: id,
        }
        const open = group.open + (letter.decision === null ? 1 : 0)
        groups.set(key, { ...group, count: group.count + 1, open, firstAt: at })
      }
      return [...groups.values()].sort((a, b) => b.count - a.count)
    },

    /** One letter with its body, whichever topic it is of. */
    async find(letterId: string) {
      const found = await Promise.all(topics.map((topic) => store.read(topic, letterId)))
      return found.find((letter) => letter !== undefined)
    },
  }
}
export type LetterSearch = ReturnType<typeof createLetterSearch>

const matches = (filter: LetterFilter, letter: Letter): boolean => {
  const { head } = letter
  const isAs = <Value>(wanted: Value | undefined, value: Value): boolean => wanted === undefined || wanted === value
  return (
    isAs(filter.reason, head.reason) &&
    isAs<string | null>(filter.batchId, head.batchId) &&
    isAs<string | null>(filter.correlationId, head.correlationId) &&
    isAs(filter.state, stateOf(letter)) &&
    (filter.cause === undefined || filter.cause === causeOf(head.error))
  )
}

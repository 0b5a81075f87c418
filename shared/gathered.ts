interface Waiting<Item, Result> {
  readonly item: Item
  resolve(result: Result): void
  reject(reason: unknown): void
}

export interface GatheredOptions<Item, Result> {
  /** Answers all items at once, in their order. What it rejects with is the answer of each. */
  readonly work: (items: readonly Item[]) => Promise<readonly Result[]>
  /** Items that may go together have the same; default all. */
  readonly groupOf?: (item: Item) => string | number
  /** How many go together at most. */
  readonly atMost: number
}

/** Calls of one turn of the event loop become one call, of which each gets its own answer. */
export const gathered = <Item, Result>({ work, groupOf = () => 0, atMost }: GatheredOptions<Item, Result>) => {
  let waiting: Waiting<Item, Result>[] = []

  const answer = async (group: readonly Waiting<Item, Result>[]): Promise<void> => {
    try {
      const results = await work(group.map(({ item }) => item))
      if (results.length !== group.length) throw new Error(`${group.length} calls got ${results.length} answers`)
      for (const [i, result] of results.entries()) group[i]?.resolve(result)
    } catch (thrown) {
      for (const { reject } of group) reject(thrown)
    }
  }
  const flush = (): void => {
    const groups = Map.groupBy(waiting, ({ item }) => groupOf(item))
    waiting = []
    for (const group of groups.values())
      for (let first = 0; first < group.length; first += atMost) void answer(group.slice(first, first + atMost))
  }

  return (item: Item): Promise<Result> =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(flush)
      waiting.push({ item, resolve, reject })
    })
}

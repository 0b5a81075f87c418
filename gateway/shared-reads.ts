interface UnderWay<Result> {
  /** Resolves when the read is over, however it ended. */
  readonly over: Promise<void>
  /** The read that all share who came since this one began. */
  next: Promise<Result> | undefined
}

/**
 * Lets those who read the same thing at the same time share reads: one is under way, and all who come meanwhile share the
 * next. Nobody is answered by a read that began before they came, so what a client has changed it also reads. A shared read
 * goes under the correlation id of the first who waited for it, and its failure is everybody's who did.
 */
export const shareReads = <Result>(read: (id: string, correlationId: string) => Promise<Result>): typeof read => {
  const reads = new Map<string, UnderWay<Result>>()

  const begin = (id: string, correlationId: string): Promise<Result> => {
    const result = read(id, correlationId)
    const forget = (): void => {
      if (underWay.next === undefined) reads.delete(id)
    }
    const underWay: UnderWay<Result> = { over: result.then(forget, forget), next: undefined }
    reads.set(id, underWay)
    return result
  }

  return function readShared(id, correlationId) {
    const underWay = reads.get(id)
    if (underWay === undefined) return begin(id, correlationId)
    underWay.next ??= underWay.over.then(() => begin(id, correlationId))
    return underWay.next
  }
}

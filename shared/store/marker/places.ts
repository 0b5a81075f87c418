/** What a keeper knows of one partition that it owns. */
export interface Place {
  /** Of each bucket, in the keeper's order, where the marker stands as far as is known; null: nowhere. */
  readonly known: readonly (number | null)[]
  /** Of each bucket how many acknowledged writes the last look there counted; null where it must count them again. */
  readonly writes: readonly (number | null)[]
  /** The offset up to which it catches up; undefined when it does not. */
  readonly target: number | undefined
}

/** The partitions that a keeper owns, by the name of their field. */
export const createPlaces = () => {
  const places = new Map<string, { known: (number | null)[]; writes: (number | null)[]; target: number | undefined }>()
  return {
    has: (field: string): boolean => places.has(field),
    all: (): ReadonlyMap<string, Place> => places,
    add(field: string, known: readonly (number | null)[]): void {
      places.set(field, { known: [...known], writes: known.map(() => null), target: undefined })
    },
    /** Forgets what is not in `owned`. */
    keepOnly(owned: ReadonlyMap<string, unknown>): void {
      for (const field of places.keys()) if (!owned.has(field)) places.delete(field)
    },
    set(field: string, index: number, offset: number | null, writes: number | null): void {
      const place = places.get(field)
      if (!place) return
      place.known[index] = offset
      place.writes[index] = writes
    },
    catchUp(field: string, target: number): void {
      const place = places.get(field)
      if (place) place.target = Math.max(place.target ?? 0, target)
    },
    caughtUp(field: string): void {
      const place = places.get(field)
      if (place) place.target = undefined
    },
    /** The partitions that catch up, each with its target. */
    behind: (): readonly (readonly [field: string, target: number])[] =>
      [...places].flatMap(([field, { target }]) => (target === undefined ? [] : [[field, target] as const])),
  }
}
export type Places = ReturnType<typeof createPlaces>

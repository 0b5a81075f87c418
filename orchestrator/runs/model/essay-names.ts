import { z } from 'zod'

/**
 * How a message names essays more than once without growing: by their place in a list that it has already. An id may have
 * 255 characters and a batch 5,000 essays, so one more list of ids is more than a megabyte.
 */

/** Places in a list of essays, as runs of [first, count], in order. */
export const Places = z.array(z.tuple([z.int().nonnegative(), z.int().positive()]))
export type Places = z.infer<typeof Places>

export const placesOf = (places: readonly number[]): Places => {
  const runs: [number, number][] = []
  for (const place of places) {
    const last = runs.at(-1)
    if (last && last[0] + last[1] === place) last[1] += 1
    else runs.push([place, 1])
  }
  return runs
}

export const idsAt = (ids: readonly string[], places: Places): string[] =>
  places.flatMap(([first, count]) => ids.slice(first, first + count))

/** Place of an essay in the registration of its batch, or the id itself of one that does not stand there. */
export const EssayName = z.union([z.int().nonnegative(), z.string()])
export type EssayName = z.infer<typeof EssayName>

const Registered = z.looseObject({ essay_ids: z.array(z.string()).default([]) })

const registeredIn = (registration: string | null): readonly string[] =>
  registration === null ? [] : Registered.parse(JSON.parse(registration)).essay_ids

/** Names the essays of a batch by its registration, JSON text or null. */
export const essayNamer = (registration: string | null): ((id: string) => EssayName) => {
  const places = new Map(registeredIn(registration).map((id, place) => [id, place]))
  return (id) => places.get(id) ?? id
}

/** The ids behind such names. */
export const essayFinder = (registration: string | null): ((name: EssayName) => string) => {
  const ids = registeredIn(registration)
  return (name) => (typeof name === 'string' ? name : (ids[name] ?? ''))
}

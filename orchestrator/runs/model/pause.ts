import { z } from 'zod'

/** What the log said last about holding runs back before a phase. */
export const Pause = z.object({
  phase: z.string(),
  paused: z.boolean(),
  /** Where the log says it: of two about one phase the one behind the other counts. */
  offset: z.int().nonnegative(),
  /** The service that asked, and the person behind it. */
  changed_by: z.string(),
  user_id: z.string().nullable(),
  /** Milliseconds since 1970. */
  changed_at: z.int().nonnegative(),
})
export type Pause = z.infer<typeof Pause>

/** The newest of each phase, by name. */
export const newestOf = (pauses: Iterable<Pause>): readonly Pause[] => {
  const newest = new Map<string, Pause>()
  for (const pause of pauses) if (pause.offset >= (newest.get(pause.phase)?.offset ?? 0)) newest.set(pause.phase, pause)
  return [...newest.values()].sort((a, b) => (a.phase < b.phase ? -1 : 1))
}

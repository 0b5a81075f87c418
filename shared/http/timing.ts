/** Milliseconds by what a request spent them on; a slow request's line shows them. */
export type Timings = Map<string, number>

/** Does a part of a request's work and adds how long it took, also when it fails. `clock` is in milliseconds. */
export const timed = async <Result>(
  timings: Timings,
  part: string,
  clock: () => number,
  work: () => Promise<Result>,
): Promise<Result> => {
  const started = clock()
  try {
    return await work()
  } finally {
    timings.set(part, (timings.get(part) ?? 0) + clock() - started)
  }
}

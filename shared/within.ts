/**
 * What the work gives, or the failure that `late` names once so many milliseconds are over. The work itself goes on: whoever
 * needs it to end gives it a signal.
 */
export const within = async <Result>(
  ms: number,
  work: () => Promise<Result> | Result,
  late: () => Error,
): Promise<Result> => {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(late()), ms)
  try {
    return await Promise.race([work(), promise])
  } finally {
    clearTimeout(timer)
  }
}

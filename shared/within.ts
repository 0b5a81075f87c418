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
  const callOff = giveUpAfter(ms, () => reject(late()))
  try {
    return await Promise.race([work(), promise])
  } finally {
    callOff()
  }
}

/**
 * Gives something up once so many milliseconds are over; the answer calls that off. Timers go before what has arrived: after a
 * time in which this process itself stood still, that is read first.
 */
export const giveUpAfter = (ms: number, giveUp: () => void): (() => void) => {
  let timer = setTimeout(() => {
    timer = setTimeout(giveUp, 0)
  }, ms)
  return () => clearTimeout(timer)
}

export interface UntilOptions {
  /** Milliseconds in all, also when the condition itself hangs. */
  readonly timeoutMs: number
  /** What is being waited for, as the error will say it: "the batch to be completed". */
  readonly what: string
  /** Milliseconds between two looks; default 20. */
  readonly intervalMs?: number
}

/**
 * Waits until the condition gives something truthy, and resolves with that. A condition that throws is "not yet": what
 * it threw last is the `cause` of the error that ends the wait.
 */
export const until = async <T>(
  condition: () => T | Promise<T>,
  { timeoutMs, what, intervalMs = 20 }: UntilOptions,
): Promise<Awaited<T> & {}> => {
  const deadline = Promise.withResolvers<'late'>()
  // Time in which this process stood still is nobody's fault: after it, one step of the time is over.
  const step = Math.min(timeoutMs, 50)
  let left = timeoutMs
  const timer = setInterval(() => {
    left -= step
    if (left <= 0) deadline.resolve('late')
  }, step)
  let lastError: unknown
  let late = false
  const look = async () => {
    try {
      return { value: await condition() }
    } catch (error) {
      lastError = error
      return { value: undefined }
    }
  }
  try {
    while (!late) {
      const seen = await Promise.race([look(), deadline.promise])
      if (seen !== 'late' && seen.value) return seen.value
      late = (await Promise.race([Bun.sleep(intervalMs), deadline.promise])) === 'late'
    }
    throw new Error(`waited ${timeoutMs} ms in vain for ${what}`, { cause: lastError })
  } finally {
    clearInterval(timer)
  }
}

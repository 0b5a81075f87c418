/** The process is gone. */
export class Crash extends Error {
  override name = 'Crash'
}

/**
 * Lets a process crash at its awaits: `gaps` says after how many of them each crash comes. Every call of what is wrapped is
 * two: before it has had its effect, and after it, when its answer is lost.
 */
export const createCrashes = (gaps: readonly number[]) => {
  const left = [...gaps]
  const point = (): void => {
    const [first] = left
    if (first === undefined) return
    if (first > 1) left[0] = first - 1
    else {
      left.shift()
      throw new Crash('crashed')
    }
  }
  return {
    point,
    /** How many have not come yet. */
    left: (): number => left.length,
    /** The same methods, with a crash before or after some of them; those in `except` only look. */
    wrap: <Target extends object>(target: Target, except: readonly string[] = []): Target =>
      new Proxy(target, {
        get(from, name) {
          const value: unknown = Reflect.get(from, name)
          if (typeof value !== 'function' || except.includes(String(name))) return value
          return async (...args: readonly unknown[]): Promise<unknown> => {
            point()
            const answer: unknown = await Reflect.apply(value, from, args)
            point()
            return answer
          }
        },
      }),
  }
}
export type Crashes = ReturnType<typeof createCrashes>

/** The process is gone. */
export class Crash extends Error {
  override name = 'Crash'
}

/** Counts awaits down to the next of some disturbances, each so many awaits after the one before. */
const createCountdown = (gaps: readonly number[]) => {
  const left = [...gaps]
  return {
    /** One await more: whether a disturbance is due now. */
    isDue(): boolean {
      const [first] = left
      if (first === undefined) return false
      if (first > 1) left[0] = first - 1
      else left.shift()
      return first <= 1
    },
    left: (): number => left.length,
  }
}

export interface Gaps {
  /** After how many awaits each crash comes. */
  readonly crashes: readonly number[]
  /** After how many awaits the partition moves to the other member each time. */
  readonly moves: readonly number[]
}

/** Somebody who handles what comes, until the partition is taken away. */
export interface Turn {
  readonly player: number
  /** Resolves when the partition has moved on. What was in hand stands still then, and goes on later. */
  readonly moved: Promise<'moved'>
}

/**
 * Disturbs two members of a group at their awaits: the one that has the partition crashes, or loses it in the middle of a
 * call and goes on some time later, knowing nothing of what the other did meanwhile. Every call of what is wrapped is two
 * awaits: before it has had its effect, and after it, when its answer is lost or comes late.
 */
export const createDisturbances = ({ crashes, moves }: Gaps) => {
  const crash = createCountdown(crashes)
  const move = createCountdown(moves)
  let player = 0
  let turn = Promise.withResolvers<'moved'>()
  const standing: (() => void)[] = []

  /** Those whose process is gone and not yet started again: whatever they try, they do not do it. */
  const gone = new Set<number>()

  const point = async (who: number): Promise<void> => {
    if (gone.has(who)) throw new Crash('crashed')
    // What a member still does with a partition that it has lost, it does undisturbed.
    if (who !== player) return
    if (crash.isDue()) {
      gone.add(who)
      throw new Crash('crashed')
    }
    if (!move.isDue()) return
    const { promise, resolve } = Promise.withResolvers<void>()
    standing.push(resolve)
    const { resolve: tell } = turn
    turn = Promise.withResolvers()
    player = 1 - player
    tell('moved')
    await promise
  }

  return {
    point,
    /** Whoever has the partition now takes it up; a process that is gone is started again. */
    turn(): Turn {
      gone.delete(player)
      return { player, moved: turn.promise }
    },
    /** How many members stand still in the middle of something. */
    standing: (): number => standing.length,
    /** Lets the one that has stood still the longest go on. */
    goOn: (): void => standing.shift()?.(),
    /** How many of each have not come yet. */
    left: () => ({ crashes: crash.left(), moves: move.left() }),
    /** The same methods as one member calls them; those in `except` only look. */
    wrap: <Target extends object>(target: Target, who: number, except: readonly string[] = []): Target =>
      new Proxy(target, {
        get(from, name) {
          const value: unknown = Reflect.get(from, name)
          if (typeof value !== 'function' || except.includes(String(name))) return value
          return async (...args: readonly unknown[]): Promise<unknown> => {
            await point(who)
            const answer: unknown = await Reflect.apply(value, from, args)
            await point(who)
            return answer
          }
        },
      }),
  }
}
export type Disturbances = ReturnType<typeof createDisturbances>

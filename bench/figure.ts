import { heapStats } from 'bun:jsc'

/** One line of the table that `bun run bench` prints. */
export interface Row {
  /** What was measured, with its unit. */
  readonly what: string
  readonly value: number
  /** What the same machine did at best in the same run, in the same unit; the ratio is `value / ceiling`. */
  readonly ceiling?: number
  /** CPU milliseconds of our processes for one operation; left out where a row counts none, such as memory. */
  readonly cpuMs?: number
  /** Where the ceiling comes from, or what else a reader must know. */
  readonly note?: string
}

/** Where the engines are that a figure is measured on. */
export interface BenchEngines {
  readonly brokers: readonly string[]
  readonly redisUrl: string
}

/** A published figure: one file each, listed in `figures.ts`. */
export interface Figure {
  /** As it is asked for: `bun run bench <name>`. */
  readonly name: string
  readonly about: string
  measure(engines: BenchEngines): Promise<readonly Row[]>
}

/** The middle one of several measurements: machines are noisy, and an average keeps the noise. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted[Math.floor(sorted.length / 2)]
  if (middle === undefined) throw new Error('nothing was measured')
  return middle
}

/** The value below which so many of a hundred lie. */
export const percentile = (values: readonly number[], percent: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const at = sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))]
  if (at === undefined) throw new Error('nothing was measured')
  return at
}

/** So many workers at a time do `count` pieces of work. */
export const concurrently = async (
  workers: number,
  count: number,
  work: (n: number) => Promise<unknown>,
): Promise<void> => {
  let next = 0
  const worker = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) await work(n)
  }
  await Promise.all(Array.from({ length: workers }, worker))
}

/** Memory of this process at one moment, MB. */
export interface MemorySample {
  /** What is reachable, after a collection: a leak shows here. */
  readonly heap: number
  /** What the system counts: also pages that the allocator keeps for later, so it steps up and down. */
  readonly rss: number
}

export const sampleMemory = (): MemorySample => {
  Bun.gc(true)
  return { heap: heapStats().heapSize / 2 ** 20, rss: process.memoryUsage.rss() / 2 ** 20 }
}

/**
 * Whether memory stays flat: what it was at the end against what it was at the first quarter, of measurements that are spread
 * evenly over the run.
 */
export const memoryRows = (samples: readonly MemorySample[]): readonly Row[] => {
  const quarters = [1, 2, 3, 4].flatMap((quarter) => samples[Math.ceil((samples.length * quarter) / 4) - 1] ?? [])
  const row = (what: string, of: keyof MemorySample): Row => {
    const sizes = quarters.map((sample) => sample[of])
    const shown = sizes.map((mb) => mb.toFixed(0)).join(', ')
    return {
      what,
      value: sizes.at(-1) ?? 0,
      ceiling: sizes[0] ?? 0,
      note: `ceiling: at a quarter of the run; flat is a ratio near 1. At its quarters: ${shown}`,
    }
  }
  return [row('live heap at the end, MB', 'heap'), row('RSS at the end, MB', 'rss')]
}

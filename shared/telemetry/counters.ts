import { Counter, type Registry } from 'prom-client'

/** What was counted since it was told last, by the value of the first label, then of the second. */
interface Branch {
  count: number
  readonly next: Map<string, Branch>
}
const branch = (): Branch => ({ count: 0, next: new Map() })
const grow = ({ next }: Branch, value: string): Branch => {
  const inner = branch()
  next.set(value, inner)
  return inner
}

/** Counts something by the values of its labels, in their order; by 1 unless told otherwise. */
export type Count<Labels extends readonly string[]> = (
  values: { readonly [Index in keyof Labels]: string },
  by?: number,
) => void

/**
 * Counters of prom-client that hear what was counted once somebody asks: for each count it makes a text of all labels and looks that
 * up, several times a request. To go from map to map saves a fiftieth of a plan, measured.
 */
export const createCounters = (registers: Registry[]) =>
  function counter<const Labels extends readonly string[]>(
    name: string,
    help: string,
    labelNames: Labels,
  ): Count<Labels> {
    const root = branch()
    const counted = new Counter<string>({
      ...{ name, help, labelNames: [...labelNames], registers },
      collect: () => tell(root, []),
    })
    const tell = (told: Branch, values: readonly string[]): void => {
      const labels = Object.fromEntries(values.map((value, i) => [labelNames[i] ?? '', value]))
      if (told.count > 0) counted.inc(labels, told.count)
      told.count = 0
      for (const [value, inner] of told.next) tell(inner, [...values, value])
    }
    return (values, by = 1) => {
      let at = root
      for (const value of values) at = at.next.get(value) ?? grow(at, value)
      at.count += by
    }
  }

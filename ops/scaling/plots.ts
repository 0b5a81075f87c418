import type { Results } from '../../bench/results.ts'
import { type Bar, plotOf } from './plot.ts'

const barsOf = (results: Results, isChosen: (figure: string, what: string) => boolean): readonly Bar[] =>
  Object.entries(results).flatMap(([figure, { rows }]) =>
    rows.flatMap(({ what, value, ceiling }) =>
      ceiling && isChosen(figure, what) ? [{ name: `${figure}: ${what}`, ratio: value / ceiling }] : [],
    ),
  )

/** More is better: of times and sizes it is less. */
const isRate = (what: string): boolean => what.includes('/s') || what.includes('a second')

const isScale = (figure: string): boolean => figure.startsWith('scale-') || figure === 'known-batches'

/** The plots, by the names of their files in `docs/images/`. */
export const plotsOf = (results: Results): ReadonlyMap<string, string> => {
  const rates = barsOf(results, (figure, what) => !isScale(figure) && isRate(what))
  const sizes = barsOf(results, isScale)
  return new Map([
    ['figures.svg', plotOf('Rates against the ceiling of the same run (dashed)', rates)],
    ['scale.svg', plotOf('By size, against the smallest (dashed)', sizes)],
  ])
}

import type { Results } from '../../bench/results.ts'
import { type Bar, plotOf } from './plot.ts'

const barsOf = (results: Results, isChosen: (figure: string) => boolean): readonly Bar[] =>
  Object.entries(results)
    .filter(([figure]) => isChosen(figure))
    .flatMap(([, { rows }]) => rows)
    .flatMap(({ what, value, ceiling }) => (ceiling ? [{ name: what, ratio: value / ceiling }] : []))

const isScale = (figure: string): boolean => figure.startsWith('scale-') || figure === 'known-batches'

/** The plots, by the names of their files in `docs/images/`. */
export const plotsOf = (results: Results): ReadonlyMap<string, string> =>
  new Map([
    [
      'figures.svg',
      plotOf(
        'Against the ceiling of the same run (dashed: as much as the ceiling)',
        barsOf(results, (f) => !isScale(f)),
      ),
    ],
    [
      'scale.svg',
      plotOf('By size, against the smallest (dashed: what it does or costs there)', barsOf(results, isScale)),
    ],
  ])

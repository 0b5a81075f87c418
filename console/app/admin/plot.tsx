import { useEffect, useId, useRef } from 'react'
import Chart from 'uplot'
import type { Point } from './points.ts'

interface Props {
  readonly title: string
  readonly value: number | undefined
  readonly points: readonly Point[]
  readonly of: (point: Point) => number
}

const HEIGHT = 130
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })
const times = (_: Chart, ticks: number[]): string[] => ticks.map((at) => clock.format(at * 1_000))

/** One line over time. The newest value stands in words beside it, so nobody has to see the line. */
export const Plot = ({ title, value, points, of }: Props) => {
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<Chart>(null)
  const id = useId()

  useEffect(() => {
    const element = place.current
    if (!element) return
    const colour = (name: string) => getComputedStyle(element).getPropertyValue(name)
    const options = {
      width: element.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      scales: { y: { range: (_: Chart, __: number, most: number): [number, number] => [0, Math.max(1, most * 1.2)] } },
      axes: [
        // The colours are read when a line is drawn: the theme may change meanwhile.
        {
          stroke: () => colour('--plot-text'),
          grid: { show: false },
          ticks: { show: false },
          size: 24,
          space: 90,
          values: times,
        },
        {
          stroke: () => colour('--plot-text'),
          grid: { stroke: () => colour('--plot-grid') },
          ticks: { show: false },
          size: 44,
        },
      ],
      series: [{}, { stroke: () => colour('--plot-line'), width: 2, points: { show: false } }],
    } satisfies Chart.Options
    const drawn = new Chart(options, [[], []], element)
    chart.current = drawn
    const resized = new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height: HEIGHT }))
    resized.observe(element)
    return () => {
      resized.disconnect()
      drawn.destroy()
    }
  }, [])

  useEffect(() => {
    chart.current?.setData([points.map(({ at }) => at), points.map(of)])
  }, [points, of])

  return (
    <figure className="card plot" aria-labelledby={id}>
      <figcaption className="spread">
        <span id={id} className="small soft">
          {title}
        </span>
        <strong>{value === undefined ? '–' : value.toLocaleString(undefined, { maximumFractionDigits: 1 })}</strong>
      </figcaption>
      <div ref={place} className="plot-place" aria-hidden="true" />
    </figure>
  )
}

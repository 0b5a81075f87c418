/** One bar: how much of the best that was measured beside it something reached. */
export interface Bar {
  readonly name: string
  readonly ratio: number
}

const [WIDTH, ROW, TOP, NAMES] = [840, 24, 44, 460]

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Bars against the ceiling, as SVG that follows the reader's light or dark page. */
export const plotOf = (title: string, bars: readonly Bar[]): string => {
  const height = TOP + ROW * bars.length + 12
  const room = WIDTH - NAMES - 70
  const longest = Math.max(1, ...bars.map(({ ratio }) => ratio))
  const at = (ratio: number): number => Math.round((ratio / longest) * room)
  const rows = bars.map(({ name, ratio }, n) => {
    const y = TOP + ROW * n
    return `<text x="${NAMES - 10}" y="${y + 15}" text-anchor="end">${escaped(name)}</text>
<rect x="${NAMES}" y="${y + 3}" width="${at(ratio)}" height="16" rx="2" class="bar"/>
<text x="${NAMES + at(ratio) + 6}" y="${y + 15}">${ratio.toFixed(2)}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">
<style>
text { font: 12px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600; font-size: 14px }
.bar { fill: #3b7dd8 }
.ceiling { stroke: #8c959f; stroke-dasharray: 3 3 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .bar { fill: #6ea8ff } }
</style>
<text x="12" y="22" class="title">${escaped(title)}</text>
<line x1="${NAMES + at(1)}" x2="${NAMES + at(1)}" y1="${TOP - 8}" y2="${height - 8}" class="ceiling"/>
${rows.join('\n')}
</svg>
`
}

import { useState } from 'react'
import type { Figures as Read } from '../../client/types.ts'
import { useBaton } from '../../hooks/baton-provider.tsx'
import { useAnswer } from '../../hooks/use-answer.ts'
import { ErrorNotice } from '../ui/notice.tsx'
import { useRepeated } from '../ui/use-repeated.ts'
import { Plot } from './plot.tsx'
import { addPoint, type Point } from './points.ts'

const EVERY_MS = 2_000

/** Throughput and lag from when the page was opened: for what was before, Prometheus is the place. */
export const Figures = () => {
  const { operations } = useBaton()
  const { answer, error, again } = useAnswer('figures', operations.figures)
  useRepeated(EVERY_MS, again)
  const [points, setPoints] = useState<readonly Point[]>([])
  const [seen, setSeen] = useState<Read>()
  if (answer && answer !== seen) {
    setSeen(answer)
    setPoints(addPoint(points, seen, answer, Date.now() / 1_000))
  }
  const last = points.at(-1)
  return (
    <section aria-labelledby="figures" className="stack-tight">
      <h2 id="figures">Throughput and lag</h2>
      {error !== undefined && <ErrorNotice error={error} what="The figures stand still" onRetry={again} />}
      <div className="tiles">
        <Plot title="Requests a second" value={last?.requests} points={points} of={(point) => point.requests} />
        <Plot
          title="Commands accepted a second"
          value={last?.commands}
          points={points}
          of={(point) => point.commands}
        />
        <Plot title="Records not applied yet" value={last?.lag} points={points} of={(point) => point.lag} />
      </div>
      {answer && answer.missing.length > 0 && (
        <p className="small fail-count">Not heard of: {answer.missing.join(', ')}. The lag is without theirs.</p>
      )}
    </section>
  )
}

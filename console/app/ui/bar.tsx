interface Props {
  /** What the bar is about, for those who do not see it. */
  readonly label: string
  readonly total: number
  readonly succeeded: number
  readonly failed: number
}

type Numbers = Pick<Props, 'total' | 'succeeded' | 'failed'>

const share = (part: number, total: number): string => (total === 0 ? '0%' : `${(100 * part) / total}%`)

/** How many of all are done: those that succeeded, those that failed, and the rest. */
export const Bar = ({ label, total, succeeded, failed }: Props) => (
  <div
    className="bar"
    role="progressbar"
    aria-label={label}
    aria-valuemin={0}
    aria-valuemax={total}
    aria-valuenow={succeeded + failed}
    aria-valuetext={`${succeeded} of ${total} succeeded${failed > 0 ? `, ${failed} failed` : ''}`}
  >
    <Parts total={total} succeeded={succeeded} failed={failed} />
  </div>
)

/** What succeeded and what failed, as parts of the width. */
export const Parts = ({ total, succeeded, failed }: Numbers) => (
  <>
    <span className="bar-good" style={{ width: share(succeeded, total) }} />
    <span className="bar-bad" style={{ width: share(failed, total) }} />
  </>
)

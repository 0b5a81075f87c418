import { useEffect, useState } from 'react'

const whole = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })

const STEPS = [
  { unit: 'day', ms: 86_400_000 },
  { unit: 'hour', ms: 3_600_000 },
  { unit: 'minute', ms: 60_000 },
] as const

const ago = (at: number, now: number): string => {
  const past = now - at
  const step = STEPS.find(({ ms }) => past >= ms)
  return step ? relative.format(-Math.floor(past / step.ms), step.unit) : 'just now'
}

/** Milliseconds since 1970, made anew every so often while something is shown. */
export const useNow = (everyMs: number): number => {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}

/** How long ago something was; the exact time is in the tooltip. */
export const Ago = ({ at }: { readonly at: string | number }) => {
  const date = new Date(at)
  const now = useNow(30_000)
  return (
    <time dateTime={date.toISOString()} title={whole.format(date)} className="nowrap">
      {ago(date.getTime(), now)}
    </time>
  )
}

/** Milliseconds as people say them: `0.4 s`, `12 s`, `3 min 5 s`. */
export const duration = (ms: number): string => {
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

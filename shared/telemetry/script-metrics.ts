import { Histogram, type Registry } from 'prom-client'

/** Seconds that each call of this script took, as its caller waited for it. */
export type ScriptTimer = (script: string) => (seconds: number) => void

/** From what one pipelined call takes to the limit of a command. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

export const createScriptTimer = (registers: Registry[]): ScriptTimer => {
  const durations = new Histogram({
    name: 'baton_script_duration_seconds',
    help: 'From the call of a Redis script to its answer or failure, with the wait for its pipeline',
    labelNames: ['script'],
    buckets: SECONDS,
    registers,
  })
  return function timed(script) {
    const series = durations.labels({ script })
    return (seconds) => series.observe(seconds)
  }
}

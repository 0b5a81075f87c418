/** A day of work for a number of servers, with service times that were measured. */

export interface DaySpec {
  /** Pieces of work in the whole day. */
  readonly perDay: number
  /** How much busier the busiest hour is than an average one. */
  readonly peak: number
  /** Seconds of one server's time that a piece takes. */
  readonly serviceSeconds: number
  readonly servers: number
  /** Seconds of the busiest hour that are simulated. */
  readonly seconds: number
  readonly seed: number
}

export interface Waiting {
  /** Share of the servers' time that is used, 0 to 1 and beyond: then the queue grows without end. */
  readonly load: number
  /** Seconds that pieces waited before somebody took them. */
  readonly median: number
  readonly p99: number
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
const chance = (seed: number) => {
  let state = seed >>> 0
  return (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Lets work come at random in the busiest hour, and takes it in order, each piece by the server that is free first. */
export const simulateDay = ({ perDay, peak, serviceSeconds, servers, seconds, seed }: DaySpec): Waiting => {
  const rate = (perDay / 86_400) * peak
  const random = chance(seed)
  const exponential = (mean: number) => -Math.log(1 - random()) * mean
  const freeAt = new Float64Array(servers)
  const waits: number[] = []
  for (let now = exponential(1 / rate); now < seconds; now += exponential(1 / rate)) {
    let first = 0
    for (let server = 1; server < servers; server++) if ((freeAt[server] ?? 0) < (freeAt[first] ?? 0)) first = server
    const begins = Math.max(now, freeAt[first] ?? 0)
    freeAt[first] = begins + exponential(serviceSeconds)
    waits.push(begins - now)
  }
  waits.sort((a, b) => a - b)
  const at = (share: number) => waits[Math.min(waits.length - 1, Math.floor(share * waits.length))] ?? 0
  return { load: (rate * serviceSeconds) / servers, median: at(0.5), p99: at(0.99) }
}

import type { Limit } from './port.ts'

/** Microseconds between two calls at the steady rate: at least one, which a limit that is as good as none comes to. */
export const intervalOf = ({ perMinute }: Pick<Limit, 'perMinute'>): number =>
  Math.max(1, Math.floor(60_000_000 / perMinute))

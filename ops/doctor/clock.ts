/** Milliseconds that two clocks may be apart: time limits and revisions are told by them. */
export const MAX_SKEW_MS = 2_000

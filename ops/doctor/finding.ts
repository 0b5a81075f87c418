/** One thing that is wrong, and what to do about it. */
export interface Finding {
  /** A stable name: `kafka.retention`. */
  readonly check: string
  /** `error` loses data, lets somebody in or keeps a service from working; `warning` will hurt some day. */
  readonly severity: 'error' | 'warning'
  readonly problem: string
  readonly fix: string
}

export const error = (check: string, problem: string, fix: string): Finding => ({
  check,
  severity: 'error',
  problem,
  fix,
})

export const warning = (check: string, problem: string, fix: string): Finding => ({
  check,
  severity: 'warning',
  problem,
  fix,
})

/** At most so many names in one line; the rest as a number. */
export const some = (names: readonly string[], most = 3): string =>
  names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`

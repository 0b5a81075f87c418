/**
 * What letters with one cause have in common: the error without what differs from record to record (ids, quoted texts,
 * numbers).
 */
export const causeOf = (error: string): string =>
  error
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<id>')
    .replace(/'[^']*'|"[^"]*"/g, "'…'")
    .replace(/\d+/g, '<n>')
    .slice(0, 200)

import { bucketOf, bucketTag } from '../shared/buckets.ts'
import type { Budgets } from './limits/port.ts'

/** The gateway's Redis keys. Tags are ours and stand first, so no brace of an id can make one. */

/** Where the budgets of one call lie: by the last, which many clients may share. */
export const limitBucket = (budgets: Budgets): number => bucketOf((budgets.at(-1) ?? budgets[0]).key)

/** The budgets that one call is taken out of. */
export const limitKeys = (prefix: string, budgets: Budgets): readonly string[] => {
  const tagged = `${prefix}${bucketTag(limitBucket(budgets))}:limit:`
  return budgets.map(({ key }) => tagged + key)
}

/** `digest` is hexadecimal, made of who calls, what, and the key that the client chose. */
export const idempotencyKey = (prefix: string, digest: string): string => `${prefix}{${digest}}:idempotency`

/** `digest` is hexadecimal, made of the ticket. */
export const ticketKey = (prefix: string, digest: string): string => `${prefix}{${digest}}:ticket`

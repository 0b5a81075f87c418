import { bucketOf, bucketTag } from '../shared/buckets.ts'

/** The gateway's Redis keys. Tags are ours and stand first, so no brace of an id can make one. */

/** Two budgets that one call is taken out of, by the bucket of the second, which many clients share. */
export const limitKeys = (prefix: string, client: string, group: string): readonly [string, string] => {
  const tagged = `${prefix}${bucketTag(bucketOf(group))}:limit:`
  return [tagged + client, tagged + group]
}

/** `digest` is hexadecimal, made of who calls, what, and the key that the client chose. */
export const idempotencyKey = (prefix: string, digest: string): string => `${prefix}{${digest}}:idempotency`

/** `digest` is hexadecimal, made of the ticket. */
export const ticketKey = (prefix: string, digest: string): string => `${prefix}{${digest}}:ticket`

/** The gateway's Redis keys. Each stands alone, so each may lie in any slot; braces of ids must not make a hash tag. */
export const limitKey = (prefix: string, client: string): string => `${prefix}limit:${client.replaceAll(/[{}]/g, '_')}`

/** `digest` is hexadecimal, made of who calls, what, and the key that the client chose. */
export const idempotencyKey = (prefix: string, digest: string): string => `${prefix}idempotency:${digest}`

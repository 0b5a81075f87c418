/** The gateway's Redis keys. Each stands alone, so each may lie in any slot; braces of ids must not make a hash tag. */
export const limitKey = (prefix: string, client: string): string => `${prefix}limit:${client.replaceAll(/[{}]/g, '_')}`

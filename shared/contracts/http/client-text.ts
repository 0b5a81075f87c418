import { z } from '@hono/zod-openapi'

const CONTROL = /\p{Cc}/u

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

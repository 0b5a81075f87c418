import { z } from '@hono/zod-openapi'

const CONTROL = /\p{Cc}/u

/** Text that a client chose: 1 to `max` characters, printable, without space around it. */
export const ClientText = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((text) => !CONTROL.test(text), 'must not hold control characters')
    .refine((text) => text.trim() === text, 'must not begin or end with space')

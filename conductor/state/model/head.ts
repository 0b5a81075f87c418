import { z } from 'zod'
import { Registration } from '../registration.ts'

/** What the embedded store keeps of a batch beside its essays and its run book, as JSON. */
export const BatchHead = z.object({
  revision: z.string(),
  factsRevision: z.string(),
  /** Stamp of the registration that stands. */
  registeredBy: z.string().nullable(),
  registration: Registration.nullable(),
  /** `content:...` -> stamp. */
  content: z.record(z.string(), z.string()),
  /** `topic|partition` -> the last offset applied. */
  positions: z.record(z.string(), z.number()),
  /** Signature -> number of registered essays. */
  tally: z.record(z.string(), z.number()),
  bookRevision: z.string().nullable(),
  /** Revision at which the archive last had all of this. */
  archived: z.string().nullable().default(null),
})
export type BatchHead = z.infer<typeof BatchHead>

/** A batch of which nothing is known. */
export const EMPTY_HEAD: BatchHead = {
  revision: '0',
  factsRevision: '0',
  registeredBy: null,
  registration: null,
  content: {},
  positions: {},
  tally: {},
  bookRevision: null,
  archived: null,
}

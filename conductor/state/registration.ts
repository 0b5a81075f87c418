import { z } from 'zod'

/** What the registration of a batch says of it as a whole; kept as JSON. */
export const Registration = z.object({
  userId: z.string(),
  orgId: z.string().nullable(),
  courseCode: z.string(),
  /** A batch of a class waits for its essays to be matched with students; one without a class does not. */
  classId: z.string().nullable(),
  expectedEssayCount: z.int(),
  studentPromptRef: z.unknown(),
  /** Milliseconds since 1970. */
  registeredAt: z.number(),
})
export type Registration = z.infer<typeof Registration>

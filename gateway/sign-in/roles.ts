/**
 * What somebody may be. `teacher` sees and changes what is theirs. `admin` also sees what belongs to their organisation, and
 * has the routes of operations. `service` is a program that reads every batch and changes only what it registered itself.
 */
export const ROLES = ['teacher', 'admin', 'service'] as const
export type Role = (typeof ROLES)[number]

/** What a token may be limited to; one that names no scopes has all that its roles give. */
export const SCOPES = {
  'batches:read': 'See batches, their essays, runs and plans',
  'batches:write': 'Register batches, ask for pipelines, cancel and retry',
  operations: 'Dead letters, stuck runs and health',
} as const
export type Scope = keyof typeof SCOPES

export const isRole = (text: unknown): text is Role => ROLES.some((role) => role === text)

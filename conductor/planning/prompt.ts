import { Flag } from '../../shared/contracts/wire.ts'

/**
 * Whether the request's metadata says that a prompt is attached. Read as a flag of the wire, so that the text "false" does
 * not pass, which it does in the original.
 */
export const promptAttached = (metadata: Readonly<Record<string, unknown>> | null | undefined): boolean =>
  Flag.safeParse(metadata?.['prompt_attached']).data ?? false

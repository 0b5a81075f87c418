import type { WholeBatch } from '../state/whole-batch.ts'

export interface Difference {
  /** `essays.e-1.phases.nlp.outcome` */
  readonly field: string
  /** What the log says and what the state holds, as JSON; undefined where there is nothing. */
  readonly log: string | undefined
  readonly state: string | undefined
}

/** Where two pictures of a batch differ, field by field. Revisions are left out: they say when, not what. */
export const differences = (log: WholeBatch, state: WholeBatch): readonly Difference[] => {
  const [inLog, inState] = [fieldsOf(log), fieldsOf(state)]
  return [...new Set([...inLog.keys(), ...inState.keys()])]
    .sort()
    .map((field) => ({ field, log: inLog.get(field), state: inState.get(field) }))
    .filter((difference) => difference.log !== difference.state)
}

const fieldsOf = ({ snapshot, essays }: WholeBatch): ReadonlyMap<string, string> => {
  const { registration, content, tally, book, registers } = snapshot
  const fields = new Map<string, string>()
  flatten(fields, 'registration', registration)
  flatten(fields, 'content', content)
  flatten(fields, 'registers', registers.batch)
  for (const { signature, count } of tally)
    flatten(fields, `tally.${JSON.stringify([signature.refused, ...[...signature.phases].sort()])}`, count)
  flatten(fields, 'run_book', book)
  for (const [position, { essayId, text, refused, phases }] of essays.entries()) {
    flatten(fields, `essays.${essayId}`, { position, text, refused, phases: Object.fromEntries(phases) })
  }
  return fields
}

const flatten = (fields: Map<string, string>, path: string, value: unknown): void => {
  if (typeof value !== 'object' || value === null) fields.set(path, JSON.stringify(value ?? null))
  else for (const [key, inner] of Object.entries(value)) flatten(fields, `${path}.${key}`, inner)
}

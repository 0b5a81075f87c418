import { type FieldError, MAX_ERRORS } from './problem.ts'

/** RFC 6901. */
export const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

interface Issue {
  readonly code?: string | undefined
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly keys?: readonly string[]
}

/** The unknown fields that an issue names, where that is what is wrong. */
const namesIn = ({ code, keys }: Issue): readonly string[] | undefined =>
  code === 'unrecognized_keys' ? (keys ?? []) : undefined

/**
 * What a schema found wrong, one entry each, as many as an answer lists, and how much it is in all. Into the body as JSON
 * pointers; of another part of the request with the part's name in front (`#query/limit`), since a pointer alone would be
 * taken for the body's.
 */
export const fieldErrors = (
  target: string,
  issues: readonly Issue[],
): { readonly errors: readonly FieldError[]; readonly count: number } => {
  const prefix = target === 'json' ? '' : `#${target === 'param' ? 'path' : target}`
  const errors = issues.slice(0, MAX_ERRORS).flatMap((issue): readonly FieldError[] => {
    const names = namesIn(issue)?.slice(0, MAX_ERRORS)
    if (!names) return [{ pointer: prefix + pointerOf(issue.path), detail: issue.message }]
    return names.map((name) => ({ pointer: prefix + pointerOf([...issue.path, name]), detail: 'unknown field' }))
  })
  return { errors, count: issues.reduce((sum, issue) => sum + (namesIn(issue)?.length ?? 1), 0) }
}

import type { FieldError } from './problem.ts'

/** RFC 6901. */
export const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

interface Issue {
  readonly code?: string | undefined
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly keys?: readonly string[]
}

/**
 * All that a schema found wrong, one entry each. Into the body as JSON pointers; of another part of the request with the
 * part's name in front (`#query/limit`), since a pointer alone would be taken for the body's.
 */
export const fieldErrors = (target: string, issues: readonly Issue[]): readonly FieldError[] =>
  issues.flatMap((issue) => {
    const prefix = target === 'json' ? '' : `#${target === 'param' ? 'path' : target}`
    if (issue.code !== 'unrecognized_keys') return [{ pointer: prefix + pointerOf(issue.path), detail: issue.message }]
    return (issue.keys ?? []).map((key) => ({
      pointer: prefix + pointerOf([...issue.path, key]),
      detail: 'unknown field',
    }))
  })

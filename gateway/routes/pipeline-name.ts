import { type ProblemError, wrongValues } from '../../shared/http/problem.ts'
import type { Catalog } from '../../shared/pipelines/catalog.ts'

/** Throws the 422 that lists the names there are, for one that is none of them. */
export const knownPipeline = (catalog: Catalog, name: string): void => {
  if (catalog.resolve(name)) return
  const names = [...new Set([...catalog.pipelines.keys(), ...catalog.phases.keys()])].sort()
  throw wrongValue('/requested_pipeline', `must be one of ${names.join(', ')}`)
}

/** The 422 for one value of the body. */
export const wrongValue = (pointer: string, detail: string): ProblemError => wrongValues([{ pointer, detail }])

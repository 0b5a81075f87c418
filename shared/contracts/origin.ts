import { z } from 'zod'

/** What a payload takes from its envelope when it brings none of its own. */
export interface Origin {
  /** The envelope's time, as the wire writes it. */
  readonly at: string
  readonly correlationId: string
}

/** Gives the data with what its model lets be missing filled in; the same data when nothing is missing. */
export type FillOrigin = (data: unknown, origin: Origin) => unknown

const SOURCES: Readonly<Record<string, keyof Origin>> = {
  timestamp: 'at',
  assessed_at: 'at',
  correlation_id: 'correlationId',
  client_correlation_id: 'correlationId',
}

/**
 * Fills in what a model lets be missing of times and correlation ids. The models'
 * own defaults are the clock and chance, as in the original; with them, a second delivery would differ from the first
 * (invariant 4).
 */
export const originFiller = (model: Pick<z.ZodObject, 'shape'>): FillOrigin => {
  // Which fields these are is looked up once: for every event anew it took a fifteenth of a projection.
  const own: (readonly [field: string, source: keyof Origin])[] = []
  const nested: (readonly [field: string, fill: FillOrigin])[] = []
  for (const [field, schema] of Object.entries(model.shape)) {
    const source = SOURCES[field]
    if (schema instanceof z.ZodObject) nested.push([field, originFiller(schema)])
    else if (source !== undefined && schema instanceof z.ZodDefault) own.push([field, source])
  }
  return function fill(data, origin) {
    if (!isObject(data)) return data
    const filled: Record<string, unknown> = {}
    for (const [field, source] of own) if (data[field] === undefined) filled[field] = origin[source]
    for (const [field, fillNested] of nested) {
      const [value, whole] = [data[field], fillNested(data[field], origin)]
      if (whole !== value) filled[field] = whole
    }
    return Object.keys(filled).length === 0 ? data : { ...data, ...filled }
  }
}

/** A JSON object, and neither a list nor null. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

import { z } from 'zod'

/** What a payload takes from its envelope when it brings none of its own. */
export interface Origin {
  /** The envelope's time, as the wire writes it. */
  readonly at: string
  readonly correlationId: string
}

const SOURCES: Readonly<Record<string, keyof Origin>> = {
  timestamp: 'at',
  assessed_at: 'at',
  correlation_id: 'correlationId',
  client_correlation_id: 'correlationId',
}

/**
 * The data with its missing times and correlation ids filled in, where the model lets them be missing. The models'
 * own defaults are the clock and chance, as in the original; with them, a second delivery would differ from the first
 * (invariant 4).
 */
export const withOrigin = (model: Pick<z.ZodObject, 'shape'>, data: unknown, origin: Origin): unknown => {
  if (!isObject(data)) return data
  const filled = { ...data }
  for (const [field, schema] of Object.entries(model.shape)) {
    const value = data[field]
    if (schema instanceof z.ZodObject) filled[field] = withOrigin(schema, value, origin)
    else if (value === undefined && schema instanceof z.ZodDefault) {
      const source = SOURCES[field]
      if (source !== undefined) filled[field] = origin[source]
    }
  }
  return filled
}

/** A JSON object, and neither a list nor null. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

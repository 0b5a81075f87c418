/** The batch that a payload speaks of, wherever the original's models put it; undefined where none can be read. */
export const batchIdIn = (data: unknown): string | undefined => {
  const at = (...path: string[]): string | undefined => {
    let value: unknown = data
    for (const step of path) value = typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  return (
    at('batch_id') ??
    at('entity_ref', 'parent_id') ??
    at('parent_id') ??
    at('entity_ref', 'entity_id') ??
    at('entity_id')
  )
}

import { v4, v5 } from 'uuid'

declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

/** A batch of essays; 1 to 255 characters, chosen by whoever registers it. */
export type BatchId = Branded<'BatchId'>
/** One essay of a batch; any text, also an empty one, since the wire allows it. */
export type EssayId = Branded<'EssayId'>
/** Identity of one event, command or request on the wire: a lower-case UUID. */
export type EventId = Branded<'EventId'>
/** What ties everything together that one client request caused: a lower-case UUID. */
export type CorrelationId = Branded<'CorrelationId'>
/** One execution of a pipeline for a batch: a lower-case UUID derived from the request that asked for it. */
export type RunId = Branded<'RunId'>

export const batchId = (text: string): BatchId => text as BatchId
export const essayId = (text: string): EssayId => text as EssayId
export const eventId = (text: string): EventId => text as EventId
export const correlationId = (text: string): CorrelationId => text as CorrelationId
export const runId = (text: string): RunId => text as RunId

/** Namespace of every id that Baton derives; a constant, so that all versions derive the same ids. */
const NAMESPACE = '5b0e7c0a-3c1d-5f0e-9a52-1f6f6c0c7a11'

/** A fresh random UUID, for what nothing caused. */
export const randomId = (): string => v4()

/**
 * The UUIDv5 of its parts: the same inputs give the same id in every process and after every crash (invariant 4).
 * The parts are joined as JSON, so `['a', 'bc']` and `['ab', 'c']` differ.
 */
export const derivedId = (...parts: readonly (string | number)[]): string => v5(JSON.stringify(parts), NAMESPACE)

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The lower-case dashed form of any spelling that the wire allows (upper case, no dashes, braces, `urn:uuid:`), or undefined. */
export const normalizeUuid = (text: string): string | undefined => {
  // Nearly all come in that form, and every event and request has several.
  if (UUID.test(text)) return text
  const hex = text
    .toLowerCase()
    .replace(/^urn:uuid:/, '')
    .replace(/^\{(.*)\}$/, '$1')
    .replaceAll('-', '')
  const dashed = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  return UUID.test(dashed) ? dashed : undefined
}

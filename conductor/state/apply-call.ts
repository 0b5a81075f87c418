import type { BatchChange, Fact } from './facts.ts'
import type { Applied, FactResult } from './port.ts'

/** What `apply.lua` takes and answers: texts that Lua and JSON read fast, since a busy store spends its time on them. */

/** Texts such as stamps and names of registers, numbers, and the facts that are rare as objects. */
type Token = string | number | object

/** The events as one flat list. */
export const eventsText = (events: BatchChange['events']): string => {
  const tokens: Token[] = []
  for (const { facts } of events) {
    tokens.push(facts.length)
    for (const fact of facts) {
      if (fact.kind !== 'essay') {
        tokens.push(forLua(fact))
        continue
      }
      tokens.push(fact.essayId, fact.writes.length)
      for (const [register, stamp, value] of fact.writes)
        tokens.push(register, stamp, value === '' ? '""' : JSON.stringify(value))
    }
  }
  return JSON.stringify(tokens)
}

/** What is only passed through goes as text: Lua's JSON would change it (empty lists, 14 digits). */
const forLua = (fact: Exclude<Fact, { readonly kind: 'essay' }>): object => {
  if (fact.kind === 'registration') return { ...fact, registration: JSON.stringify(fact.registration) }
  if (fact.kind === 'book') return { ...fact, book: JSON.stringify(fact.book) }
  return fact
}

/** The last position of each partition, in pairs. */
export const positionsText = (events: BatchChange['events']): string => {
  const last = new Map<string, number>()
  for (const { partition, offset } of events) {
    const known = last.get(partition)
    if (known === undefined || known < offset) last.set(partition, offset)
  }
  return JSON.stringify([...last].flat())
}

/** The script's letters. */
const RESULTS: Readonly<Record<string, FactResult>> = {
  a: 'applied',
  r: 'repeated',
  l: 'late',
  o: 'outranked',
  g: 'older_registration',
  b: 'older_book',
}

/** Nearly all events say one thing, which is new. */
const ONE_APPLIED: Applied['results'][number] = { applied: 1 }

/** What the script answered, read back. */
export const appliedIn = (reply: string): Omit<Applied, 'batchId'> & { readonly writes: readonly number[] } => {
  const [revision = '', factsRevision = '', changed, writes = '', results = ''] = reply.split(' ')
  // Behind each event stands a comma.
  const events = results.split(',').slice(0, -1)
  return {
    revision,
    factsRevision,
    changed: changed === '1',
    results: events.map((letters) => (letters === 'a' ? ONE_APPLIED : countsOf(letters))),
    writes: writes === '' ? [] : writes.split(',').map(Number),
  }
}

const countsOf = (letters: string): Applied['results'][number] => {
  const counts: Partial<Record<FactResult, number>> = {}
  for (const letter of letters) {
    const result = RESULTS[letter]
    if (result === undefined) throw new Error(`no result of a fact: ${letter}`)
    counts[result] = (counts[result] ?? 0) + 1
  }
  return counts
}

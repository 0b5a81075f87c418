import { parseArgs } from 'node:util'
import { LetterFilterBody } from '../../../shared/contracts/http/dead-letters.ts'

export const USAGE = `usage: bun run dead-letters COMMAND

  list   [FILTER...] [--limit N]      dead letters, newest first
  groups [FILTER...]                  how many died of what
  show ID                             one letter with all that its record held
  redrive ID... [--yes]               send letters to where they came from
  redrive FILTER... [--yes]           the same for all open letters that match; --all for every one
  park ID...                          put letters aside

  FILTER: --topic NAME, --reason CODE, --batch ID, --correlation-id ID, --cause TEXT, --state open|redriven|parked
  Without --yes a redrive only says what it would do.

It asks the conductor at CONDUCTOR_URL, with INTERNAL_API_KEY. USER names who asks.
`

/** What was typed is no command; the message says why. */
export class UsageError extends Error {
  override name = 'UsageError'
}

export interface Command {
  readonly name: string
  readonly ids: readonly string[]
  readonly filter: LetterFilterBody
  readonly limit: number
  readonly yes: boolean
}

const OPTIONS = {
  topic: { type: 'string' },
  reason: { type: 'string' },
  batch: { type: 'string' },
  'correlation-id': { type: 'string' },
  cause: { type: 'string' },
  state: { type: 'string' },
  limit: { type: 'string', default: '50' },
  all: { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
} as const

/** Reads what was typed. Throws a UsageError. */
export const commandOf = (args: readonly string[]): Command => {
  const { positionals, values } = parsed(args)
  const { batch, all, yes, limit, 'correlation-id': correlation_id, ...rest } = values
  const given = { ...rest, batch_id: batch, correlation_id }
  const filter = LetterFilterBody.safeParse(
    Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  )
  if (!filter.success) throw new UsageError('--state is open, redriven or parked')
  const [name = '', ...ids] = positionals
  const hasFilter = Object.keys(filter.data).length > 0
  if (name === 'redrive' && (ids.length > 0 ? hasFilter || all : !hasFilter && !all))
    throw new UsageError('redrive takes ids, or a filter, or --all')
  if ((name === 'show' || name === 'park') && ids.length === 0) throw new UsageError(`${name} takes an id`)
  if (!/^[1-9]\d{0,2}$/.test(limit)) throw new UsageError('--limit is a number up to 500')
  return { name, ids, filter: filter.data, limit: Number(limit), yes }
}

const parsed = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, strict: true })
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

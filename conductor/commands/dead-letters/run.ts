import type { z } from 'zod'
import {
  LetterBody,
  LetterDetail,
  LetterGroupsBody,
  LettersPage,
  RedriveResponse,
} from '../../../shared/contracts/http/dead-letters.ts'
import type { JsonClient } from '../../../shared/http/client.ts'
import { randomId } from '../../../shared/ids.ts'
import { type Command, commandOf, USAGE, UsageError } from './arguments.ts'

export interface RunDeps {
  readonly client: JsonClient
  readonly print: (line: string) => void
}

const PATH = '/internal/v1/dead-letters'
/** A redrive of many letters waits for the log. */
const TIMEOUT_MS = 60_000

/** Runs `bun run dead-letters ...` and gives its exit code: 2 for a wrong command. Rejects when the conductor cannot do it. */
export const runDeadLetters = async (args: readonly string[], { client, print }: RunDeps): Promise<number> => {
  const call = <Schema extends z.ZodType>(method: 'GET' | 'POST', path: string, schema: Schema, body?: unknown) =>
    client.call({ method, path: PATH + path, schema, body, correlationId: randomId(), timeoutMs: TIMEOUT_MS })

  const commands: Readonly<Record<string, (command: Command) => Promise<void>>> = {
    async list({ filter, limit }) {
      const query = queryOf({ ...filter, limit: String(limit) })
      const { letters, next_cursor } = await call('GET', `?${query}`, LettersPage)
      for (const letter of letters) print(lineOf(letter))
      if (next_cursor !== null) print(`... and more: narrow the filter or raise --limit`)
      if (letters.length === 0) print('no dead letters')
    },
    async groups({ filter }) {
      const { groups } = await call('GET', `/groups?${queryOf(filter)}`, LetterGroupsBody)
      for (const { count, open, topic, reason, cause, example } of groups)
        print(`${count} (${open} open)  ${topic}  ${reason}  ${cause}  e.g. ${example}`)
      if (groups.length === 0) print('no dead letters')
    },
    async show({ ids }) {
      for (const id of ids) print(JSON.stringify(await call('GET', `/${id}`, LetterDetail), null, 2))
    },
    async redrive({ ids, filter, yes }) {
      for (;;) {
        const selection = ids.length > 0 ? { letter_ids: ids } : { filter }
        const answer = await call('POST', '/redrive', RedriveResponse, { ...selection, dry_run: !yes })
        for (const { letter_id, topic, outcome } of answer.results) print(`${letter_id}  ${topic ?? '-'}  ${outcome}`)
        const counts = Object.entries(answer.counts).map(([outcome, count]) => `${count} ${outcome}`)
        print(counts.join(', ') || 'no dead letters')
        if (!yes) print('This was a preview: add --yes to do it.')
        // What cannot be redriven stays open and would be met again and again.
        if (!answer.more || !answer.counts.redriven || !yes) return
      }
    },
    async park({ ids }) {
      for (const id of ids) print(lineOf(await call('POST', `/${id}/park`, LetterBody)))
    },
  }

  try {
    const command = commandOf(args)
    const run = commands[command.name]
    if (!run) throw new UsageError(command.name === '' ? 'a command is missing' : `there is no command ${command.name}`)
    await run(command)
    return 0
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown
    print(`${thrown.message}\n\n${USAGE}`)
    return 2
  }
}

const queryOf = (given: Readonly<Record<string, string | undefined>>): URLSearchParams =>
  new URLSearchParams(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as [string, string]])),
  )

const lineOf = (letter: LetterBody): string => {
  const { letter_id, at, topic, reason, batch_id, state, error } = letter
  return `${letter_id}  ${at}  ${state}  ${topic}  ${reason}  ${batch_id ?? '-'}  ${error}`
}

import { expect, test } from 'bun:test'
import { commandOf, UsageError } from '../../../conductor/commands/dead-letters/arguments.ts'
import { runDeadLetters } from '../../../conductor/commands/dead-letters/run.ts'
import { TOPICS } from '../../../shared/contracts/topics.ts'
import { createJsonClient } from '../../../shared/http/client.ts'
import { derivedId } from '../../../shared/ids.ts'
import { buried, deadRecord } from '../dead-letters/support.ts'
import { conductor, KEY } from '../support.ts'

const TOPIC = TOPICS.phaseOutcome

/** The command against a conductor that has three letters of one batch. */
const commandLine = async () => {
  const one = conductor()
  const letters = [1, 2, 3].map((n) => buried(deadRecord(TOPIC, n, `broken ${n}`), 'not_json', `no JSON at ${n}`))
  await one.letters.store.record(TOPIC, letters)
  const lines: string[] = []
  const client = createJsonClient({
    target: 'conductor',
    baseUrl: 'http://conductor',
    fetch: (request) => one.app.fetch(request),
    serviceId: 'dead-letters-command',
    internalKey: KEY,
    userId: 'ada',
  })
  const run = async (...args: string[]) => {
    lines.length = 0
    const code = await runDeadLetters(args, { client, print: (line) => void lines.push(line) })
    return { code, text: lines.join('\n') }
  }
  return { ...one, run, ids: letters.map(({ head }) => head.id) }
}

test('list, groups and show say what there is', async () => {
  const { run, ids } = await commandLine()
  const { text } = await run('list', '--topic', TOPIC, '--limit', '2')
  expect(text.split('\n').map((line) => line.split(' ')[0])).toEqual([ids[2] ?? '', ids[1] ?? '', '...'])
  expect((await run('list', '--state', 'parked')).text).toBe('no dead letters')
  expect((await run('groups')).text).toStartWith(`3 (3 open)  ${TOPIC}  not_json  no JSON at <n>`)
  expect(JSON.parse((await run('show', ids[0] ?? '')).text)).toMatchObject({
    letter_id: ids[0],
    letter: { schema_version: 1 },
  })
})

test('a redrive is a preview until it is confirmed, and then counts once', async () => {
  const { run, published, lines } = await commandLine()
  expect((await run('redrive', '--reason', 'not_json')).text).toContain('3 would_be_redriven\nThis was a preview')
  expect(published).toEqual([])
  expect((await run('redrive', '--reason', 'not_json', '--yes')).text).toContain('3 redriven')
  expect(published.filter(({ topic }) => topic === TOPIC).map(({ value }) => String(value))).toEqual([
    'broken 1',
    'broken 2',
    'broken 3',
  ])
  expect((await run('redrive', '--all', '--yes')).text).toBe('no dead letters')
  expect(published).toHaveLength(6)
  expect(
    lines.filter(({ message }) => message === 'audit').map(({ fields }) => [fields['by'], fields['user_id']]),
  ).toEqual(Array.from({ length: 3 }, () => ['dead-letters-command', 'ada']))
})

test('letters are parked by name', async () => {
  const { run, ids } = await commandLine()
  expect((await run('park', ids[0] ?? '')).text).toContain('parked')
  expect((await run('redrive', '--all')).text).toContain('2 would_be_redriven')
})

test('what the conductor refuses is told', async () => {
  const { run } = await commandLine()
  await expect(run('show', derivedId('nothing'))).rejects.toThrow('There is no such dead letter.')
})

test.each([
  [[]],
  [['burn']],
  [['show']],
  [['redrive']],
  [['redrive', 'id', '--all']],
  [['redrive', 'id', '--topic', 't']],
  [['list', '--state', 'lost']],
  [['list', '--limit', '0']],
  [['list', '--tpic', 'x']],
])('%j is answered with what is wrong and how it is used', async (args) => {
  const { run, published } = await commandLine()
  const { code, text } = await run(...args)
  expect(code).toBe(2)
  expect(text).toContain('usage: bun run dead-letters')
  expect(published).toEqual([])
})

test('a filter is read from its options', () => {
  expect(commandOf(['redrive', '--batch', 'b', '--correlation-id', 'c', '--yes'])).toMatchObject({
    filter: { batch_id: 'b', correlation_id: 'c' },
    yes: true,
  })
  expect(() => commandOf(['park'])).toThrow(UsageError)
})

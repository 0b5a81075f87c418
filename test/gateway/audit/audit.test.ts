import { afterAll, expect, test } from 'bun:test'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { openAudit } from '../../../gateway/audit/file.ts'
import type { AuditEntry } from '../../../gateway/audit/port.ts'
import { AUDIT_TOPIC, auditTopics, createTopicSink } from '../../../gateway/audit/topic.ts'
import { randomId } from '../../../shared/ids.ts'
import type { OutgoingMessage } from '../../../shared/log/port.ts'
import { recordingLogger } from '../../support/silent.ts'
import { until } from '../../support/until.ts'
import { gateway, NO_LIMITS } from '../support.ts'

const folder = await mkdtemp(join(tmpdir(), 'baton-audit-'))
afterAll(() => rm(folder, { recursive: true }))

const entry: AuditEntry = {
  at: '2026-02-03T08:15:30.623Z',
  user_id: 'ada',
  org_id: null,
  roles: ['teacher'],
  method: 'POST',
  route: '/v1/batches/:batch_id/pipelines',
  batch_id: 'b-1',
  verdict: 'done',
  status: 202,
  code: null,
  correlation_id: '4848e3a5-d5b1-4c67-972f-7fd205078a55',
  address: '127.0.0.1',
}

test('every call leaves one line that says who, what, which batch and what came of it', async () => {
  const { call, as, app, audit } = gateway()
  const accepted = await call('POST', '/v1/batches/b-1/pipelines', { requested_pipeline: 'nlp' })
  await call('GET', '/v1/batches/b-1/status')
  await app.request('/v1/batches/b-1/status', { headers: await as({ userId: 'eve', orgId: 'school' }) })
  await app.request('/v1/batches/b-1/status')
  await call('GET', '/v1/nothing')
  await call('GET', '/healthz')
  const common = { roles: ['teacher'], user_id: 'ada', address: '127.0.0.1' }
  const status = { method: 'GET', route: '/v1/batches/:batch_id/status', batch_id: 'b-1' }
  expect(audit).toMatchObject([
    {
      ...common,
      method: 'POST',
      route: '/v1/batches/:batch_id/pipelines',
      batch_id: 'b-1',
      verdict: 'done',
      status: 202,
      code: null,
      correlation_id: accepted.headers.get('x-correlation-id'),
    },
    { ...common, ...status, verdict: 'done', status: 200 },
    { ...status, user_id: 'eve', org_id: 'school', verdict: 'refused', status: 403, code: 'AUTHORIZATION_ERROR' },
    { ...status, user_id: null, roles: [], verdict: 'refused', status: 401, code: 'AUTHENTICATION_ERROR' },
    { ...common, method: 'GET', batch_id: null, verdict: 'refused', status: 404, code: 'RESOURCE_NOT_FOUND' },
  ])
})

test('a call that is refused before its route leaves a line, too: its body too large, told or not, or too many of these', async () => {
  const { app, audit } = gateway({ limiter: { limits: { ...NO_LIMITS, default: { perMinute: 60, burst: 2 } } } })
  const send = (body: string | ReadableStream<Uint8Array>) =>
    app.request('/v1/batches/b-1/pipelines', {
      method: 'POST',
      headers: { origin: 'http://localhost:5173' },
      body,
    })
  const long = 'x'.repeat(60_000)
  const answers = [await send(long), await send(new Blob([long]).stream()), await send(long)]
  expect(answers.map(({ status }) => status)).toEqual([413, 413, 429])
  for (const { headers } of answers) expect(headers.get('access-control-allow-origin')).toBe('http://localhost:5173')
  const common = { route: '/v1/batches/:batch_id/pipelines', batch_id: 'b-1', user_id: null, address: '127.0.0.1' }
  expect(audit).toMatchObject([
    { ...common, verdict: 'refused', status: 413, code: 'PAYLOAD_TOO_LARGE' },
    { ...common, verdict: 'refused', status: 413, code: 'PAYLOAD_TOO_LARGE' },
    { ...common, verdict: 'refused', status: 429, code: 'RATE_LIMIT' },
  ])
  await app.request('/docs/errors', { method: 'POST', body: long })
  expect(audit.length).toBe(3)
})

test('what fails on our side is told as failed', async () => {
  const { call, audit } = gateway({
    conductor: {
      async status() {
        throw new Error('a bug')
      },
    },
  })
  await call('GET', '/v1/batches/b-1/status')
  expect(audit).toMatchObject([{ verdict: 'failed', status: 500, code: 'UNKNOWN_ERROR' }])
})

const entriesOf = (text: string): unknown[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
const numbered = (n: number) => ({ ...entry, correlation_id: String(n) })

test('the file gets one JSON line an entry, goes on after a restart, and a folder that is missing is made', async () => {
  const file = join(folder, 'deep/audit.jsonl')
  const logger = recordingLogger()
  const first = openAudit({ file, logger })
  first.sink(entry)
  await first.close()
  const second = openAudit({ file, logger })
  second.sink({ ...entry, batch_id: 'two\nlines' })
  await second.close()
  expect(entriesOf(await Bun.file(file).text())).toEqual([entry, { ...entry, batch_id: 'two\nlines' }])
  expect(logger.lines).toEqual([])
})

test('many at once keep their order, also over a rotation', async () => {
  const file = join(folder, 'many.jsonl')
  const { sink, close } = openAudit({ file, logger: recordingLogger() })
  for (let n = 0; n < 2_000; n++) sink(numbered(n))
  await close()
  await rename(file, `${file}.1`)
  for (let n = 2_000; n < 3_000; n++) {
    sink(numbered(n))
    if (n % 100 === 0) await Bun.sleep(0)
  }
  await close()
  const all = await Promise.all([`${file}.1`, file].map((path) => Bun.file(path).text()))
  expect(entriesOf(all.join(''))).toEqual(Array.from({ length: 3_000 }, (_, n) => numbered(n)))
})

test('whatever ends the process, what was noted is written, in order, and at worst what was being written twice', async () => {
  const module = JSON.stringify(new URL('../../../gateway/audit/file.ts', import.meta.url).pathname)
  const ends = { exit: 'process.exit(0)', throw: `throw new Error('a bug')`, end: '' }
  const written = async ([name, end]: readonly [string, string]): Promise<number[]> => {
    const file = join(folder, `${name}.jsonl`)
    const script = `
      const { openAudit } = await import(${module})
      const { sink } = openAudit({ file: ${JSON.stringify(file)}, logger: { error: ({ err }) => console.error(err) } })
      for (let n = 0; n < 2000; n++) {
        sink({ n })
        if (n % 500 === 499) await new Promise((done) => setImmediate(done))
      }
      ${end}`
    const child = Bun.spawn([process.execPath, '-e', script], { stderr: 'pipe' })
    const [told] = await Promise.all([child.stderr.text(), child.exited])
    const numbers = entriesOf(await Bun.file(file).text()).map((one) => z.object({ n: z.int() }).parse(one).n)
    if (numbers.length < 2_000) throw new Error(`${name} ended with ${child.exitCode ?? child.signalCode}: ${told}`)
    return numbers
  }
  const all = Array.from({ length: 2_000 }, (_, n) => n)
  for (const numbers of await Promise.all(Object.entries(ends).map(written))) {
    expect([...new Set(numbers)]).toEqual(all)
    // The write that was under way may have reached the file before the last one, or after it.
    const again = numbers.filter((n, i) => numbers.indexOf(n) < i)
    expect(again).toEqual(all.slice(again[0] ?? 0, (again.at(-1) ?? -1) + 1))
  }
})

test('a file that cannot be written stops the start; one that goes away later is told in the log', async () => {
  const logger = recordingLogger()
  await Bun.write(join(folder, 'file'), '')
  expect(() => openAudit({ file: join(folder, 'file/audit'), logger })).toThrow()
  const { sink, close } = openAudit({ file: join(folder, 'gone/audit'), logger })
  await rm(join(folder, 'gone'), { recursive: true })
  sink(entry)
  await close()
  expect(logger.lines).toMatchObject([{ level: 'error', fields: { entry } }])
})

test('without a file the log gets the lines, marked', () => {
  const logger = recordingLogger()
  openAudit({ file: undefined, logger }).sink(entry)
  expect(logger.lines).toMatchObject([{ level: 'info', message: 'audit', fields: { audit: true, user_id: 'ada' } }])
})

test('the topic gets what one user did in its order; what the log does not take is told, and nobody waits', async () => {
  const published: OutgoingMessage[] = []
  const logger = recordingLogger()
  let away = false
  const log = {
    async publish(messages: readonly OutgoingMessage[]) {
      if (away) throw new Error('the log is away')
      published.push(...messages)
      return []
    },
  }
  const sink = createTopicSink({ log, logger, timeoutMs: 100, randomId })
  sink(entry)
  away = true
  sink({ ...entry, user_id: null })
  await until(() => logger.lines.length === 1, { timeoutMs: 1_000, what: 'the loss to be told' })
  expect(published).toMatchObject([{ topic: AUDIT_TOPIC, key: 'ada', value: JSON.stringify(entry) }])
  expect(logger.lines).toMatchObject([{ level: 'error', fields: { err: 'the log is away', entry: { user_id: null } } }])
})

test('entries have ids of our own, whatever correlation id their client chose', async () => {
  const published: OutgoingMessage[] = []
  const log = {
    async publish(messages: readonly OutgoingMessage[]) {
      published.push(...messages)
      return []
    },
  }
  const ids = ['id-1', 'id-2']
  const sink = createTopicSink({ log, logger: recordingLogger(), timeoutMs: 100, randomId: () => ids.shift() ?? '' })
  sink(entry)
  sink({ ...entry, route: '/v1/batches/:batch_id/cancel' })
  expect(published.map(({ headers }) => headers?.['event_id'])).toEqual(['id-1', 'id-2'])
})

test('a log that hangs holds a bounded number of entries', async () => {
  const logger = recordingLogger()
  const sink = createTopicSink({ log: { publish: () => new Promise(() => {}) }, logger, timeoutMs: 100, randomId })
  for (let n = 0; n < 10_005; n++) sink(entry)
  expect(logger.lines.length).toBe(5)
})

test('the topic is made where it is configured, and nowhere else', () => {
  const config = { TOPIC_PARTITIONS: 3, STATE_EXPIRY_DAYS: 30 }
  expect(auditTopics({ ...config, AUDIT_TOPIC: 'on' })).toMatchObject([{ name: AUDIT_TOPIC, partitions: 3 }])
  expect(auditTopics({ ...config, AUDIT_TOPIC: 'off' })).toEqual([])
})

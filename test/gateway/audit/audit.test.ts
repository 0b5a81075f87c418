import { afterAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAudit } from '../../../gateway/audit/file.ts'
import type { AuditEntry } from '../../../gateway/audit/port.ts'
import { AUDIT_TOPIC, auditTopics, createTopicSink } from '../../../gateway/audit/topic.ts'
import type { OutgoingMessage } from '../../../shared/log/port.ts'
import { recordingLogger } from '../../support/silent.ts'
import { until } from '../../support/until.ts'
import { gateway } from '../support.ts'

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

test('the file gets one JSON line an entry, goes on after a restart, and a folder that is missing is made', async () => {
  const file = join(folder, 'deep/audit.jsonl')
  const logger = recordingLogger()
  openAudit({ file, logger })(entry)
  openAudit({ file, logger })({ ...entry, batch_id: 'two\nlines' })
  const lines = (await Bun.file(file).text()).trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toEqual([entry, { ...entry, batch_id: 'two\nlines' }])
  expect(logger.lines).toEqual([])
})

test('a file that cannot be written stops the start; one that goes away later is told in the log', async () => {
  const logger = recordingLogger()
  await Bun.write(join(folder, 'file'), '')
  expect(() => openAudit({ file: join(folder, 'file/audit'), logger })).toThrow()
  const sink = openAudit({ file: join(folder, 'gone/audit'), logger })
  await rm(join(folder, 'gone'), { recursive: true })
  sink(entry)
  expect(logger.lines).toMatchObject([{ level: 'error', fields: { entry } }])
})

test('without a file the log gets the lines, marked', () => {
  const logger = recordingLogger()
  openAudit({ file: undefined, logger })(entry)
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
  const sink = createTopicSink({ log, logger, timeoutMs: 100 })
  sink(entry)
  away = true
  sink({ ...entry, user_id: null })
  await until(() => logger.lines.length === 1, { timeoutMs: 1_000, what: 'the loss to be told' })
  expect(published).toMatchObject([{ topic: AUDIT_TOPIC, key: 'ada', value: JSON.stringify(entry) }])
  expect(logger.lines).toMatchObject([{ level: 'error', fields: { err: 'the log is away', entry: { user_id: null } } }])
})

test('a log that hangs holds a bounded number of entries', async () => {
  const logger = recordingLogger()
  const sink = createTopicSink({ log: { publish: () => new Promise(() => {}) }, logger, timeoutMs: 100 })
  for (let n = 0; n < 10_005; n++) sink(entry)
  expect(logger.lines.length).toBe(5)
})

test('the topic is made where it is configured, and nowhere else', () => {
  const config = { TOPIC_PARTITIONS: 3, STATE_EXPIRY_DAYS: 30 }
  expect(auditTopics({ ...config, AUDIT_TOPIC: 'on' })).toMatchObject([{ name: AUDIT_TOPIC, partitions: 3 }])
  expect(auditTopics({ ...config, AUDIT_TOPIC: 'off' })).toEqual([])
})

import { afterAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { createEmbeddedLog } from '../../shared/log/embedded/log.ts'
import { freePort } from '../support/free-port.ts'
import { silent } from '../support/silent.ts'
import { until } from '../support/until.ts'
import { messagesOn } from './messages.ts'
import { createProgramPool } from './process.ts'
import { createTeacher } from './teacher.ts'

/** One trace through everything: from a browser's request through the log, and back. */

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const programs = createProgramPool()
const folder = await mkdtemp(join(tmpdir(), 'baton-trace-'))
const spans: string[] = []
const collector = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  async fetch(request) {
    spans.push(await request.text())
    return Response.json({})
  },
})
afterAll(async () => {
  await programs.endAll()
  await collector.stop(true)
  await rm(folder, { recursive: true, force: true })
})

const Accepted = z.object({ correlation_id: z.string() })

test('a trace goes from the request through headers and envelopes to everything that it causes, and to a collector', async () => {
  const gateway = await freePort()
  const program = programs.start('start.ts', {
    DATA_DIR: folder,
    GATEWAY_PORT: String(gateway),
    CONDUCTOR_PORT: String(await freePort()),
    ORCHESTRATOR_PORT: String(await freePort()),
    SIMULATOR_PHASE_MS: '5',
    RATE_LIMIT_STATUS_PER_MINUTE: '0',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.port}`,
  })
  await until(() => program.output().includes('Baton is ready'), { timeoutMs: 20_000, what: 'the start' })
  const teacher = await createTeacher([`http://127.0.0.1:${gateway}`])
  const batch = await teacher.register(['anna'])
  const answer = await teacher.call(`/v1/batches/${batch}/pipelines`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent: `00-${TRACE}-00f067aa0ba902b7-01` },
    body: JSON.stringify({ requested_pipeline: 'ai_feedback', prompt_payload: { assignment_id: 'a-1' } }),
  })
  const { correlation_id } = Accepted.parse(await answer.json())
  await teacher.ended(batch, correlation_id)
  expect(await program.end('SIGTERM')).toBe(0)

  const log = createEmbeddedLog({ path: join(folder, 'log.sqlite'), logger: silent })
  const caused = (await messagesOn(log, Object.values(TOPICS))).filter(
    ({ envelope }) => envelope.correlation_id === correlation_id,
  )
  await log.close()
  const topics = new Set(caused.map(({ topic }) => topic))
  expect([...topics]).toEqual(
    expect.arrayContaining([TOPICS.pipelineRequest, TOPICS.aiFeedbackCommand, TOPICS.phaseOutcome]),
  )
  const strays = caused.filter(({ headers }) => headers['traceparent']?.slice(3, 35) !== TRACE)
  expect(strays.map(({ topic }) => topic)).toEqual([])
  const told = caused.filter(({ envelope }) => String(envelope.metadata?.['traceparent']).slice(3, 35) !== TRACE)
  expect(told.map(({ topic }) => topic)).toEqual([])

  const recorded = spans.join('')
  expect(recorded).toContain(`"traceId":"${TRACE}"`)
  expect(recorded).toContain('POST /v1/batches/:batch_id/pipelines')
  expect(recorded).toContain(`process ${TOPICS.phaseOutcome}`)
}, 60_000)

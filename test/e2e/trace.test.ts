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
import { createProgramPool, startCommand } from './process.ts'
import { createTeacher } from './teacher.ts'

/** One trace through everything: from a browser's request through the log, and back. */

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const page = await Bun.file(join(import.meta.dir, '../../docs/how-to/trace.md')).text()
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

const Exported = z.object({
  resourceSpans: z.array(
    z.object({
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              name: z.string(),
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().optional(),
              attributes: z.array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) })),
            }),
          ),
        }),
      ),
    }),
  ),
})
/** All spans that came to the collector. */
const exported = () =>
  spans.flatMap((body) =>
    Exported.parse(JSON.parse(body)).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((one) => one.spans)),
  )

const Token = z.object({ access_token: z.string() })
const tokenAt = async (port: number): Promise<string> => {
  const headers = { 'content-type': 'application/json' }
  const init = { method: 'POST', headers, body: '{"user_id":"ada"}' }
  return Token.parse(await (await fetch(`http://127.0.0.1:${port}/dev/token`, init)).json()).access_token
}
const parsed = (text: string): unknown => (text === '' ? undefined : JSON.parse(text))

const Ticket = z.object({ ticket: z.string() })
const Accepted = z.object({ correlation_id: z.string() })

test('a trace goes from the request through headers and envelopes to everything that it causes, to the streams that show it, and to a collector', async () => {
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
  const stream = await teacher.call(`/v1/batches/${batch}/events`)
  const shown = stream.text()
  const { ticket } = Ticket.parse(await (await teacher.call('/v1/stream-tickets', { method: 'POST' })).json())
  const socket = new WebSocket(`ws://127.0.0.1:${gateway}/v1/batches/${batch}/ws?ticket=${ticket}`)
  await new Promise((resolve) => socket.addEventListener('open', resolve))
  const [, command = ''] = /^```sh\n([\s\S]*?)^```$/m.exec(page) ?? []
  const env = { URL: `http://127.0.0.1:${gateway}`, TOKEN: await tokenAt(gateway), BATCH: batch }
  const shell = startCommand(['bash', '-euo', 'pipefail', '-c', command], folder, env)
  expect(await shell.exited).toBe(0)
  const said = await until(() => Accepted.safeParse(parsed(shell.output())).data, { timeoutMs: 2_000, what: 'a 202' })
  const { correlation_id } = said
  await teacher.ended(batch, correlation_id)
  expect(await program.end('SIGTERM')).toBe(0)
  expect(await shown).toContain(correlation_id)

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

  const recorded = exported().filter(({ traceId }) => traceId === TRACE)
  const named = (name: string) => recorded.filter((span) => span.name === name)
  const [request] = named('POST /v1/batches/:batch_id/pipelines')
  expect(request?.parentSpanId).toBe('00f067aa0ba902b7')
  expect(named(`process ${TOPICS.phaseOutcome}`).length).toBeGreaterThan(0)
  const deliveries = named('deliver snapshot')
  const transports = deliveries.map(({ attributes }) => attributes.find(({ key }) => key === 'baton.transport')?.value)
  expect(transports).toEqual(expect.arrayContaining([{ stringValue: 'sse' }, { stringValue: 'websocket' }]))
  // Every one of them hangs on a span that was recorded as well, up to what the browser sent.
  const known = new Set(['00f067aa0ba902b7', ...recorded.map(({ spanId }) => spanId)])
  expect(deliveries.filter(({ parentSpanId = '' }) => !known.has(parentSpanId))).toEqual([])
}, 60_000)

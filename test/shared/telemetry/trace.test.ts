import { describe, expect, test } from 'bun:test'
import { z } from 'zod'
import { createApp } from '../../../shared/http/app.ts'
import { createJsonClient } from '../../../shared/http/client.ts'
import { createCorrelationContext } from '../../../shared/telemetry/context.ts'
import { derivedTraceparent, noTracer, parseTraceparent, validTraceparent } from '../../../shared/telemetry/trace.ts'
import { appDeps } from '../../support/app.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT = `00-${TRACE}-00f067aa0ba902b7-01`
const CORRELATION = '0af76519-16cd-43dd-8448-eb211c80319c'

test('a trace context is read as the standard has it', () => {
  expect(parseTraceparent(PARENT)).toEqual({ traceId: TRACE, spanId: '00f067aa0ba902b7', sampled: true })
  expect(parseTraceparent(PARENT.replace(/01$/, '00'))?.sampled).toBe(false)
})

test.each([
  ['nothing', undefined],
  ['another version', PARENT.replace(/^00/, 'ff')],
  ['a trace of zeros', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
  ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
  ['upper case', PARENT.toUpperCase()],
  ['more behind it', `${PARENT}-more`],
])('%s is no trace context', (_, text) => {
  expect(validTraceparent(text)).toBeUndefined()
})

test('what came without a context gets one of its correlation id, always the same and valid', () => {
  const derived = derivedTraceparent(CORRELATION, '9c5b94b1-35ad-49bb-b118-8e8fc24abf80')
  expect(derived).toBe('00-0af7651916cd43dd8448eb211c80319c-b1188e8fc24abf80-00')
  expect(parseTraceparent(derivedTraceparent(CORRELATION, 'no id'))).toBeDefined()
})

test('without a recorder a context goes along unchanged', () => {
  const start = { kind: 'server', correlationId: CORRELATION } as const
  expect(noTracer.start('x', { ...start, parent: PARENT }).traceparent).toBe(PARENT)
  expect(noTracer.start('x', { ...start, parent: 'junk' }).traceparent).toContain(CORRELATION.replaceAll('-', ''))
})

describe('a request', () => {
  const answering = () => {
    const deps = appDeps()
    const app = createApp(deps)
    app.get('/trace', (c) => c.json({ own: c.get('traceparent'), context: deps.context.traceparent() }))
    app.get('/broken', () => {
      throw new Error('on purpose')
    })
    return { app, deps }
  }

  test('is handled in the trace that it brings', async () => {
    const { app, deps } = answering()
    const answer = await app.request('/trace', { headers: { traceparent: PARENT } })
    expect(await answer.json()).toEqual({ own: PARENT, context: PARENT })
    expect(deps.logger.lines.at(-1)?.fields).toMatchObject({ trace_id: TRACE, route: '/trace', status: 200 })
  })

  test('that brings none is in the trace of its correlation id', async () => {
    const { app } = answering()
    const answer = await app.request('/trace', { headers: { 'x-correlation-id': CORRELATION, traceparent: 'junk' } })
    expect(await answer.json()).toMatchObject({ own: expect.stringContaining(CORRELATION.replaceAll('-', '')) })
  })

  test('has one wide line, with its problem if there was one', async () => {
    const { app, deps } = answering()
    await app.request('/broken', { headers: { 'user-agent': 'a browser' } })
    const wide = deps.logger.lines.filter(({ message }) => message === 'request')
    expect(wide).toHaveLength(1)
    expect(wide[0]?.fields).toMatchObject({
      method: 'GET',
      route: '/broken',
      status: 500,
      problem: 'UNKNOWN_ERROR',
      user_agent: 'a browser',
    })
  })
})

test('a call to a neighbour takes the trace along', async () => {
  const context = createCorrelationContext()
  const seen: (string | null)[] = []
  const client = createJsonClient({
    target: 'conductor',
    baseUrl: 'http://conductor',
    fetch: (request) => {
      seen.push(request.headers.get('traceparent'))
      return Response.json({})
    },
    serviceId: 'test',
    internalKey: undefined,
    traceparent: context.traceparent,
  })
  const call = () => client.call({ method: 'GET', path: '/', schema: z.object({}), correlationId: CORRELATION })
  await context.run(CORRELATION, call, PARENT)
  await call()
  expect(seen).toEqual([PARENT, null])
})

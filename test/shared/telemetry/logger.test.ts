import { expect, test } from 'bun:test'
import { createApp } from '../../../shared/http/app.ts'
import { createCorrelationContext } from '../../../shared/telemetry/context.ts'
import { createLogger } from '../../../shared/telemetry/logger.ts'
import { appDeps } from '../../support/app.ts'

const collect = (level: 'debug' | 'info' | 'warn' | 'error' = 'debug') => {
  const written: string[] = []
  const context = createCorrelationContext()
  const logger = createLogger({
    service: 'gateway',
    level,
    correlationId: context.current,
    write: (line) => written.push(line),
  })
  const lines = (): Record<string, unknown>[] => written.map((line) => JSON.parse(line))
  return { logger, context, lines, written }
}

test('a line is JSON with time, level, service, fields and message', () => {
  const { logger, lines } = collect()
  logger.info({ batch_id: 'b-1' }, 'accepted')
  const [line] = lines()
  expect(line).toMatchObject({ level: 'info', service: 'gateway', batch_id: 'b-1', msg: 'accepted' })
  expect(String(line?.['time'])).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
})

test.each([
  ['no fields', {}, {}],
  ['fields without a value', { a: undefined, b: null }, { b: null }],
  ['what needs escaping', { 'a "b"': 'c\n\u2028"\\' }, { 'a "b"': 'c\n\u2028"\\' }],
  ['numbers that are none', { a: Number.NaN, b: 1.5 }, { a: null, b: 1.5 }],
  ['a number that JSON does not have', { a: 7n, b: 1 }, { b: 1 }],
  ['a list and an object', { a: [1, { b: 2 }], c: { d: 'e' } }, { a: [1, { b: 2 }], c: { d: 'e' } }],
])('a line is one line of JSON, and holds its fields: %s', (_, fields, expected) => {
  const { logger, lines, written } = collect()
  logger.child({ part: 'x' }).info(fields, 'a "message"\n')
  expect(written.join('').split('\n')).toHaveLength(2)
  expect(lines()[0]).toMatchObject({ level: 'info', service: 'gateway', part: 'x', msg: 'a "message"\n', ...expected })
})

test('fields that hold themselves are logged as far as that goes', () => {
  const { logger, lines } = collect()
  const fields: Record<string, unknown> = { a: 1 }
  fields['self'] = fields
  logger.info(fields, 'a circle')
  expect(lines()[0]).toMatchObject({ a: 1, msg: 'a circle' })
})

test('the fields of a line win over those that every line has', () => {
  const { logger, context, lines } = collect()
  context.run('handled', async () => {
    logger.info({ correlation_id: 'first' }, 'replayed')
    logger.info({ correlation_id: undefined }, 'without one of its own')
  })
  expect(lines().map(({ correlation_id }) => correlation_id)).toEqual(['first', 'handled'])
})

test('lines below the level are not written', () => {
  const { logger, lines } = collect('warn')
  logger.debug({}, 'a')
  logger.info({}, 'b')
  logger.warn({}, 'c')
  logger.error({}, 'd')
  expect(lines().map(({ msg }) => msg)).toEqual(['c', 'd'])
})

test('the correlation id of what is being handled is on its lines, also of a child and across awaits', async () => {
  const { logger, context, lines } = collect()
  const handle = (id: string) =>
    context.run(id, async () => {
      await Promise.resolve()
      logger.child({ part: 'x' }).info({}, id)
    })
  await Promise.all(['one', 'two'].map(handle))
  logger.info({}, 'outside')
  expect(lines().map(({ msg, correlation_id }) => [msg, correlation_id])).toEqual([
    ['one', 'one'],
    ['two', 'two'],
    ['outside', undefined],
  ])
})

const PLANTED = 'pl4nted-s3cret'
const JWT = `eyJhbGciOiJIUzI1NiJ9.${btoa(PLANTED).replaceAll('=', '')}.c2lnbmF0dXJl`

test.each([
  ['a field at the top', { authorization: PLANTED, cookie: PLANTED, password: PLANTED, jwt_secret: PLANTED }, ''],
  ['a header', { headers: { authorization: PLANTED, 'x-internal-api-key': PLANTED, cookie: PLANTED } }, ''],
  ['a bearer token in a message', {}, `refused Bearer ${PLANTED}, asked again`],
  ['a JWT in an error', { err: `cannot read ${JWT}` }, ''],
  ['the password of a Redis', { err: `connect redis://:${PLANTED}@cache:6379 refused` }, ''],
  ['a password with an at sign', { err: `connect rediss://ada:x@${PLANTED}@cache:6379` }, ''],
  ['passwords of a Cluster', { url: `redis://u:${PLANTED}@a:1,redis://u:${PLANTED}@b:2` }, ''],
  ['the password of a database', { deep: { deeper: { url: `postgres://u:${PLANTED}@db/baton` } } }, ''],
])('no secret is written: %s', (_, fields, message) => {
  const { logger, written, lines } = collect()
  logger.warn({ ...fields, after: 'kept' }, message)
  expect(written.join('')).not.toContain(PLANTED)
  expect(written.join('')).not.toContain(btoa(PLANTED).replaceAll('=', ''))
  expect(lines()[0]).toMatchObject({ level: 'warn', after: 'kept' })
})

test('what is no secret is left as it is', () => {
  const { logger, lines } = collect()
  logger.info({ url: 'http://127.0.0.1:4001', topic: 'a.b.v1', at: 'ada@school.test' }, 'redis://cache:6379 is back')
  expect(lines()[0]).toMatchObject({
    url: 'http://127.0.0.1:4001',
    at: 'ada@school.test',
    msg: 'redis://cache:6379 is back',
  })
})

test('an app on this logger answers a 500, logs its cause with the correlation id, and the logger survives', async () => {
  const { logger, context, lines } = collect()
  const app = createApp({ ...appDeps(), logger, context })
  app.get('/throws', () => {
    throw new Error('the cause')
  })
  const answer = await app.request('/throws')
  expect(answer.status).toBe(500)
  const id = answer.headers.get('x-correlation-id')
  expect(lines()).toMatchObject([
    { level: 'error', err: 'the cause', correlation_id: id },
    { level: 'info', msg: 'request', status: 500, correlation_id: id },
  ])
})

test('what a process has logged is written whatever ends it, in the order in which it was logged', async () => {
  const module = JSON.stringify(new URL('../../../shared/telemetry/logger.ts', import.meta.url).pathname)
  const ends = { exit: 'process.exit(0)', throw: `throw new Error('a bug')`, end: '' }
  const linesOf = async (end: string): Promise<number[]> => {
    const script = `
      const { createLogger } = await import(${module})
      const logger = createLogger({ service: 'gateway', level: 'info' })
      for (let n = 0; n < 2000; n++) logger.info({ n }, 'line')
      ${end}`
    const child = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe', stderr: 'ignore' })
    const lines = (await child.stdout.text()).trimEnd().split('\n')
    return lines.map((line) => JSON.parse(line).n)
  }
  const all = Array.from({ length: 2000 }, (_, n) => n)
  expect(await Promise.all(Object.values(ends).map(linesOf))).toEqual([all, all, all])
})

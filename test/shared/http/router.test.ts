import { describe, expect, test } from 'bun:test'
import { Hono } from 'hono'
import { createRouter } from '../../../shared/http/router.ts'
import { conductor } from '../../conductor/support.ts'
import { gateway } from '../../gateway/support.ts'
import { orchestrator } from '../../orchestrator/support.ts'

/** Each route answers with its name, after all that goes before it. */
const app = () => {
  const hono = new Hono({ router: createRouter() })
  hono.use('*', async (c, next) => {
    await next()
    c.res.headers.append('passed', 'all')
  })
  hono.use('/batches/*', async (c, next) => {
    await next()
    c.res.headers.append('passed', 'batches')
  })
  hono.use('/batches/register', async (c, next) => {
    await next()
    c.res.headers.append('passed', 'register')
  })
  hono.post('/batches/register', (c) => c.text('register'))
  hono.get('/batches', (c) => c.text('list'))
  hono.get('/batches/:id', (c) => c.text(`show ${c.req.param('id')}`))
  hono.post('/batches/:id/:what', (c) => c.text(`${c.req.param('what')} ${c.req.param('id')}`))
  hono.post('/batches/register/again', (c) => c.text('again'))
  return hono
}

const ask = async (method: string, path: string) => {
  const response = await app().request(path, { method })
  return [response.status, await response.text(), response.headers.get('passed')]
}

describe('a fixed path beside one with a parameter', () => {
  test.each([
    ['POST', '/batches/register', [200, 'register', 'register, batches, all']],
    ['POST', '/batches/register/again', [200, 'again', 'batches, all']],
    ['POST', '/batches/b-1/cancel', [200, 'cancel b-1', 'batches, all']],
    ['GET', '/batches/b-1', [200, 'show b-1', 'batches, all']],
    ['GET', '/batches/register', [404, '404 Not Found', 'register, batches, all']],
    ['GET', '/batches', [200, 'list', 'batches, all']],
    ['GET', '/batches/a%2Fb', [200, 'show a/b', 'batches, all']],
    ['DELETE', '/batches/b-1', [404, '404 Not Found', 'batches, all']],
    ['GET', '/elsewhere', [404, '404 Not Found', 'all']],
  ])('%s %s', async (method, path, expected) => expect(await ask(method, path)).toEqual(expected))
})

test.each([
  ['gateway', () => gateway().app],
  ['conductor', () => conductor().app],
  ['orchestrator', () => orchestrator().app],
])('the routes of the %s need no tree', async (_, open) => {
  const app = open()
  for (const path of ['/healthz', '/v1/batches/b-1/status']) await app.request(path)
  expect(app.router.name).toBe('SmartRouter + RegExpRouter beside SmartRouter + RegExpRouter')
})

import { afterEach, expect, test } from 'bun:test'
import { connect, createServer, type Socket } from 'node:net'
import { freePort } from './free-port.ts'
import { createProxy, type TestProxy } from './proxy.ts'
import { until } from './until.ts'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** A server that says everything back, and a way to it through a proxy. */
const open = async (seed?: string) => {
  const port = await freePort()
  const server = createServer((socket) => void socket.on('error', () => {}).pipe(socket)).listen(port, '127.0.0.1')
  undo.push(() => server.close())
  const proxy = await createProxy(await freePort(), port, seed)
  undo.push(() => proxy.close())
  return proxy
}
const client = (proxy: TestProxy) => {
  const socket: Socket = connect(proxy.port, '127.0.0.1')
  const [heard, over]: [string[], string[]] = [[], []]
  socket.on('data', (bytes) => heard.push(String(bytes)))
  socket.on('error', ({ message }) => over.push(message)).on('close', () => over.push('closed'))
  undo.push(() => socket.destroy())
  return { say: (text: string) => socket.write(text), heard: () => heard.join(''), over: () => over.length > 0 }
}
const soon = (what: string, test: () => unknown) => until(test, { timeoutMs: 5_000, what })

test('in fair weather everything comes through, also what is large', async () => {
  const { say, heard } = client(await open())
  const text = 'x'.repeat(3_000_000)
  say(text)
  await soon('all of it', () => heard().length === text.length)
})

test('what hangs answers nobody, old and new, and later everybody', async () => {
  const proxy = await open()
  const old = client(proxy)
  old.say('a')
  await soon('an answer', () => old.heard() === 'a')
  await proxy.turn({ kind: 'hangs' })
  const late = client(proxy)
  for (const one of [old, late]) one.say('b')
  await Bun.sleep(50)
  expect([old.heard(), late.heard()]).toEqual(['a', ''])
  await proxy.turn({ kind: 'fair' })
  await soon('answers', () => old.heard() === 'ab' && late.heard() === 'b')
})

test('what is down refuses and cuts off, and is there again', async () => {
  const proxy = await open()
  const old = client(proxy)
  old.say('a')
  await soon('an answer', () => old.heard() === 'a')
  await proxy.turn({ kind: 'down' })
  await soon('the end', old.over)
  await soon('a refusal', client(proxy).over)
  await proxy.turn({ kind: 'fair' })
  const next = client(proxy)
  next.say('b')
  await soon('an answer', () => next.heard() === 'b')
})

test('what is slow says the same in the same order, later', async () => {
  const proxy = await open()
  await proxy.turn({ kind: 'slow', ms: 40 })
  const { say, heard } = client(proxy)
  const started = performance.now()
  for (const piece of ['a', 'b', 'c']) say(piece)
  await soon('all of it', () => heard() === 'abc')
  expect(performance.now() - started).toBeGreaterThanOrEqual(75)
})

test('what loses connections cuts some off, the same ones for the same seed', async () => {
  const fates = async (seed: string): Promise<readonly boolean[]> => {
    const proxy = await open(seed)
    await proxy.turn({ kind: 'loses', share: 0.4 })
    const seen: boolean[] = []
    for (let n = 0; n < 12; n++) {
      const one = client(proxy)
      one.say('a')
      await soon('an answer or an end', () => one.heard() === 'a' || one.over())
      seen.push(one.over())
    }
    expect(proxy.lost()).toBe(seen.filter(Boolean).length)
    return seen
  }
  const first = await fates('1')
  expect(await fates('1')).toEqual(first)
  expect(await fates('2')).not.toEqual(first)
  expect(first).toContain(false)
  expect(first).toContain(true)
})

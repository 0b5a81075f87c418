import { expect, test } from 'bun:test'
import { createLoop } from '../../shared/loop.ts'
import { until } from '../support/until.ts'

const wait = { timeoutMs: 2_000, intervalMs: 1, what: 'the next turn' }

test('takes a turn at once and then again and again, also after one that failed, until it is stopped', async () => {
  let turns = 0
  const loop = createLoop({
    async work() {
      turns += 1
      if (turns < 3) throw new Error('not now')
    },
    pauseMs: () => 1,
  })
  await loop.start()
  expect(turns).toBe(1)
  await until(() => turns > 4, wait)
  await loop.stop()
  const last = turns
  await Bun.sleep(10)
  expect(turns).toBe(last)
})

test('takes one turn at a time, and stops after the one in hand', async () => {
  const said: string[] = []
  const gate = Promise.withResolvers<void>()
  const loop = createLoop({
    async work() {
      said.push('begins')
      await gate.promise
      said.push('ends')
    },
    pauseMs: () => 1,
  })
  const turns = [loop.now(), loop.now()]
  await until(() => said.length === 1, wait)
  const stopped = loop.stop()
  gate.resolve()
  await Promise.all([...turns, stopped])
  expect(said).toEqual(['begins', 'ends', 'begins', 'ends'])
})

test('who asks for a turn learns that it failed', async () => {
  const loop = createLoop({ work: () => Promise.reject(new Error('no')), pauseMs: () => 1 })
  await expect(loop.now()).rejects.toThrow('no')
})

test('takes no other turn when it is stopped during its first', async () => {
  const gate = Promise.withResolvers<void>()
  let turns = 0
  const loop = createLoop({
    async work() {
      turns += 1
      await gate.promise
    },
    pauseMs: () => 0,
  })
  const started = loop.start()
  await until(() => turns === 1, wait)
  const stopped = loop.stop()
  gate.resolve()
  await Promise.all([started, stopped])
  await loop.now()
  await new Promise(setImmediate)
  await new Promise((resolve) => setTimeout(resolve, 0))
  expect(turns).toBe(2)
})

import { expect, test } from 'bun:test'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { createPlayer } from '../../simulator/player.ts'
import type { Cue } from '../../simulator/script.ts'

const cues = (...times: readonly number[]): readonly Cue[] =>
  times.map((at) => ({
    at,
    topic: TOPICS.phaseOutcome,
    essayId: null,
    message: () => ({ topic: TOPICS.phaseOutcome, key: null, value: `${at}`, headers: {} }),
  }))

/** A player whose clock moves only when it sleeps, and what it published, with the time. */
const stage = ({ now = 0 } = {}) => {
  const published: [number, readonly unknown[]][] = []
  let time = now
  const play = createPlayer({
    log: {
      publish: async (messages) => {
        published.push([time, messages.map(({ value }) => value)])
        return []
      },
    },
    clock: () => time,
    sleep: async (ms) => {
      time += ms
    },
  })
  return { play, published }
}
const never = new AbortController().signal

test('each message is published when it is due, and those that are due together go together', async () => {
  const { play, published } = stage()
  await play(cues(10, 10, 25), never)
  expect(published).toEqual([
    [10, ['10', '10']],
    [25, ['25']],
  ])
})

test('what was due long ago is published at once, in the order of the script', async () => {
  const { play, published } = stage({ now: 1_000 })
  await play(cues(10, 30, 20, 1_001), never)
  expect(published).toEqual([
    [1_000, ['10', '30', '20']],
    [1_001, ['1001']],
  ])
})

test('a long script goes out in portions, and none of it is missing', async () => {
  const { play, published } = stage({ now: 1_000 })
  await play(cues(...Array.from({ length: 450 }, (_, n) => n)), never)
  expect(published.map(([, values]) => values.length)).toEqual([200, 200, 50])
  expect(published.flatMap(([, values]) => values)).toEqual(Array.from({ length: 450 }, (_, n) => `${n}`))
})

test('a script is made as it is played: what is not reached is never made', async () => {
  const { play } = stage()
  const stopping = new AbortController()
  let made = 0
  function* endless() {
    for (;;) {
      made += 1
      if (made === 3) stopping.abort()
      yield* cues(made * 10)
    }
  }
  await expect(play(endless(), stopping.signal)).rejects.toThrow('abort')
  expect(made).toBeLessThan(6)
})

test('a script without cues has been played', async () => {
  const { play } = stage()
  await play([], never)
})

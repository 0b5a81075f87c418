import { afterAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../support/until.ts'
import type { Engine } from './engine.ts'
import { commandWork, supervise } from './supervise.ts'

const folder = await mkdtemp(join(tmpdir(), 'baton-supervise-test-'))
afterAll(() => rm(folder, { recursive: true }))

const nobody = new Promise<NodeJS.Signals>(() => {})

/** An engine that only writes down what is asked of it. */
const noted = (notes: string[], start: () => Promise<void> = async () => {}): Engine => ({
  name: 'noted',
  address: 'here',
  start: async () => {
    notes.push('start')
    await start()
  },
  stop: async () => {},
  kill: async () => {},
  freeze: async () => {},
  thaw() {},
  dispose: async () => {
    notes.push('dispose')
  },
})

test('the exit code is that of the command, and the engines end after it', async () => {
  const notes: string[] = []
  const work = commandWork(['sh', '-c', 'exit 7'], process.env)
  expect(await supervise({ engines: [noted(notes)], work, signalled: nobody })).toBe(7)
  expect(notes).toEqual(['start', 'dispose'])
})

test('an engine that does not start is the error, the others end, and the work never begins', async () => {
  const notes: string[] = []
  const failing = noted(notes, () => Promise.reject(new Error('no port')))
  const work = async () => notes.push('work')
  await expect(supervise({ engines: [noted(notes), failing], work, signalled: nobody })).rejects.toThrow('no port')
  expect(notes).toEqual(['start', 'start', 'dispose', 'dispose'])
})

test('a signal ends the work first and the engines after it', async () => {
  const notes: string[] = []
  const signal = Promise.withResolvers<NodeJS.Signals>()
  const work = async (stop: AbortSignal) => {
    signal.resolve('SIGINT')
    await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }))
    await Promise.resolve()
    notes.push('work ended')
    return 0
  }
  expect(await supervise({ engines: [noted(notes)], work, signalled: signal.promise })).toBe(130)
  expect(notes).toEqual(['start', 'work ended', 'dispose'])
})

test('what the command started in the background does not stay behind', async () => {
  const file = join(folder, 'pid')
  const work = commandWork(['sh', '-c', `sleep 60 & echo $! > ${file}`], process.env)
  expect(await work(new AbortController().signal)).toBe(0)
  const pid = Number(await Bun.file(file).text())
  await until(() => !isRunning(pid), { timeoutMs: 10_000, what: 'the background process to be gone' })
})

test('a command that is told to stop gets SIGTERM, and its own exit code stands', async () => {
  const stop = new AbortController()
  const script = `trap "exit 9" TERM; touch ${folder}/ready; while :; do sleep 0.02; done`
  const ended = commandWork(['sh', '-c', script], process.env)(stop.signal)
  await until(() => Bun.file(`${folder}/ready`).exists(), { timeoutMs: 5_000, what: 'the command to be ready' })
  stop.abort()
  expect(await ended).toBe(9)
})

/** A process that has ended but was not collected yet (state Z) no longer runs. */
const isRunning = (pid: number): boolean => {
  const state = Bun.spawnSync(['ps', '-o', 'stat=', '-p', `${pid}`])
    .stdout.toString()
    .trim()
  return state !== '' && !state.startsWith('Z')
}

import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { createLifecycle, stopOnSignals } from '../../shared/lifecycle.ts'
import { recordingLogger, silent } from '../support/silent.ts'
import { until } from '../support/until.ts'

test('what was built last is undone first, each step after the one before has ended', async () => {
  const lifecycle = createLifecycle(silent)
  const steps: string[] = []
  for (const name of ['log', 'redis', 'http'])
    lifecycle.onStop(name, async () => {
      steps.push(`${name} begins`)
      await Promise.resolve()
      steps.push(`${name} ends`)
    })
  await lifecycle.stop()
  expect(steps).toEqual(['http begins', 'http ends', 'redis begins', 'redis ends', 'log begins', 'log ends'])
})

test('a step that fails does not keep the others from being undone; the first failure is thrown, all are logged', async () => {
  const logger = recordingLogger()
  const lifecycle = createLifecycle(logger)
  const undone: string[] = []
  lifecycle.onStop('log', () => void undone.push('log'))
  lifecycle.onStop('redis', () => {
    throw new Error('second')
  })
  lifecycle.onStop('http', () => Promise.reject(new Error('first')))
  await expect(lifecycle.stop()).rejects.toThrow('first')
  expect(undone).toEqual(['log'])
  expect(logger.lines.filter(({ level }) => level === 'error').map(({ fields }) => fields)).toEqual([
    { step: 'http', err: 'first' },
    { step: 'redis', err: 'second' },
  ])
})

test('however often it is asked to stop, each step is undone once', async () => {
  const lifecycle = createLifecycle(silent)
  let times = 0
  lifecycle.onStop('log', async () => {
    times += 1
  })
  await Promise.all([lifecycle.stop(), lifecycle.stop()])
  await lifecycle.stop()
  expect(times).toBe(1)
})

describe('signals', () => {
  /** A process that only writes down how it was told to exit. */
  const host = (undo: () => Promise<void> | void, limitMs = 25_000) => {
    const exits: number[] = []
    const listeners = new Map<string, (signal: string) => void>()
    const logger = recordingLogger()
    const lifecycle = createLifecycle(logger)
    lifecycle.onStop('work', undo)
    const process = {
      on: (signal: string, listener: (signal: string) => void) => void listeners.set(signal, listener),
      exit: (code: number) => void exits.push(code),
    }
    stopOnSignals({ lifecycle, logger, process, limitMs })
    const send = (signal: string) => listeners.get(signal)?.(signal)
    const exited = () => until(() => exits.length > 0, { timeoutMs: 2_000, what: 'the exit', intervalMs: 1 })
    return { exits, send, exited, said: () => logger.lines.map(({ message }) => message) }
  }

  test.each(['SIGTERM', 'SIGINT'])('after %s what is in hand is finished, and the exit is 0', async (signal) => {
    const undone: string[] = []
    const { exits, send, exited } = host(() => void undone.push('work'))
    send(signal)
    await exited()
    expect({ exits, undone }).toEqual({ exits: [0], undone: ['work'] })
  })

  test('a step that fails makes it 1', async () => {
    const { exits, send, exited } = host(() => Promise.reject(new Error('no')))
    send('SIGTERM')
    await exited()
    expect(exits).toEqual([1])
  })

  test('a second signal does not wait any longer', () => {
    const { exits, send, said } = host(() => new Promise(() => {}))
    send('SIGTERM')
    send('SIGINT')
    expect({ exits, said: said() }).toEqual({ exits: [130], said: ['stopping', 'forced to stop'] })
  })

  test('a stop that takes too long is ended', async () => {
    const { exits, send, exited, said } = host(() => new Promise(() => {}), 1)
    send('SIGTERM')
    await exited()
    expect({ exits, said: said() }).toEqual({ exits: [1], said: ['stopping', 'stopping took too long'] })
  })
})

describe('a process', () => {
  const lifecyclePath = JSON.stringify(join(import.meta.dir, '../../shared/lifecycle.ts'))

  /** Runs a process whose only step is `undo`, sends the signals one by one, and says how it ended. */
  const ended = async (undo: string, signals: readonly NodeJS.Signals[], limitMs = 25_000) => {
    const script = `
      import { createLifecycle, stopOnSignals } from ${lifecyclePath}
      const say = (line) => process.stdout.write(line + '\\n')
      const logger = { debug() {}, info: (_, message) => say(message), warn: (_, message) => say(message), error: (_, message) => say(message), child: () => logger }
      const lifecycle = createLifecycle(logger)
      lifecycle.onStop('work', ${undo})
      stopOnSignals({ lifecycle, logger, process, limitMs: ${limitMs} })
      setInterval(() => {}, 1_000)
      say('up')
    `
    const child = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe', stderr: 'inherit' })
    const pending = [...signals]
    let out = ''
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      out += chunk
      // Each line means that the process is ready for the next signal: nothing is guessed by time.
      for (const _ of chunk.matchAll(/\n/g)) child.kill(pending.shift() ?? 0)
    }
    return { code: await child.exited, said: out.trim().split('\n') }
  }

  test.each(['SIGTERM', 'SIGINT'] as const)('%s stops it gracefully', async (signal) => {
    const undo = `async () => { await Bun.sleep(1); say('work finished') }`
    expect(await ended(undo, [signal])).toEqual({ code: 0, said: ['up', 'stopping', 'work finished'] })
  })

  test('a second signal forces it', async () => {
    const undo = '() => new Promise(() => {})'
    expect(await ended(undo, ['SIGTERM', 'SIGTERM'])).toEqual({ code: 130, said: ['up', 'stopping', 'forced to stop'] })
  })

  test('a stop that fails is an exit with 1', async () => {
    const undo = `() => { throw new Error('no') }`
    expect(await ended(undo, ['SIGTERM'])).toEqual({ code: 1, said: ['up', 'stopping', 'could not be stopped'] })
  })

  test('a stop that takes too long is ended', async () => {
    const undo = '() => new Promise(() => {})'
    expect(await ended(undo, ['SIGTERM'], 10)).toEqual({ code: 1, said: ['up', 'stopping', 'stopping took too long'] })
  })
})

import { expect, test } from 'bun:test'
import { PassingError } from '../../shared/errors.ts'
import { patiently } from '../../shared/patiently.ts'
import { recordingLogger } from '../support/silent.ts'

test('what passes is tried again, with growing pauses that stay bounded, until it works', async () => {
  const logger = recordingLogger()
  const pauses: number[] = []
  let tries = 0
  const work = async () => {
    tries += 1
    if (tries <= 20) throw new PassingError('kafka', 'ECONNREFUSED')
    return 'topics'
  }
  const pause = async (ms: number) => void pauses.push(ms)
  expect(await patiently('topics', work, { logger, pause })).toBe('topics')
  expect(pauses.length).toBe(20)
  expect(pauses[0]).toBeLessThanOrEqual(250)
  expect(Math.max(...pauses)).toBeLessThanOrEqual(5_000)
  expect(logger.lines.length).toBe(20)
  expect(logger.lines[0]?.fields).toMatchObject({ waiting_for: 'kafka' })
})

test('what does not pass ends the wait at once', async () => {
  const pause = () => Promise.reject(new Error('not to be waited for'))
  const work = () => Promise.reject(new TypeError('wrong'))
  await expect(patiently('topics', work, { logger: recordingLogger(), pause })).rejects.toThrow('wrong')
})

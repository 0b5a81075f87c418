import { expect, test } from 'bun:test'
import { until } from './until.ts'

test('the first truthy value is the result', async () => {
  let looks = 0
  const value = await until(() => (++looks < 3 ? undefined : `look ${looks}`), {
    timeoutMs: 1_000,
    what: 'it',
    intervalMs: 1,
  })
  expect(value).toBe('look 3')
})

test('a condition that throws is looked at again', async () => {
  let looks = 0
  const condition = async () => {
    if (++looks < 3) throw new Error('not yet')
    return true
  }
  expect(await until(condition, { timeoutMs: 1_000, what: 'it', intervalMs: 1 })).toBe(true)
})

test('the wait ends with what was waited for and what went wrong last', async () => {
  const waiting = until(
    () => {
      throw new Error('refused')
    },
    { timeoutMs: 20, what: 'the server to answer', intervalMs: 1 },
  )
  const error = await waiting.catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({
    message: 'waited 20 ms in vain for the server to answer',
    cause: { message: 'refused' },
  })
})

test('a condition that hangs does not outlast the limit', async () => {
  const waiting = until(() => new Promise<boolean>(() => {}), { timeoutMs: 20, what: 'nothing' })
  await expect(waiting).rejects.toThrow('waited 20 ms in vain for nothing')
})

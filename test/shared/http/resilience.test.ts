import { expect, test } from 'bun:test'
import { z } from 'zod'
import { PassingError } from '../../../shared/errors.ts'
import type { JsonClient } from '../../../shared/http/client.ts'
import { createResilience, guardedClient } from '../../../shared/http/resilience.ts'
import { until } from '../../support/until.ts'

const guarding = (openMs = 60_000) => {
  const states: string[] = []
  const results: string[] = []
  const guarded = createResilience({
    source: 'conductor',
    metrics: {
      circuit: (name, state) => void states.push(`${name} ${state}`),
      circuitCall: (_, result) => void results.push(result),
    },
    failures: 4,
    openMs,
    pauseMs: 1,
  })
  return { guarded, states, results }
}
const away = () => new PassingError('conductor', 'away')

test('a call that passes is tried again before it counts as failed', async () => {
  const { guarded, results } = guarding()
  let calls = 0
  const answer = await guarded(async () => {
    calls += 1
    if (calls === 1) throw away()
    return 'answer'
  })
  expect({ answer, calls, results }).toEqual({ answer: 'answer', calls: 2, results: ['success'] })
})

test('after some failures in a row nobody asks for a while, and who would have waits', async () => {
  const { guarded, states, results } = guarding()
  let calls = 0
  const failing = () => {
    calls += 1
    return Promise.reject(away())
  }
  for (let i = 0; i < 2; i++) await expect(guarded(failing)).rejects.toThrow('away')
  const asked = calls
  await expect(guarded(failing)).rejects.toMatchObject({ name: 'PassingError', source: 'conductor' })
  expect(calls).toBe(asked)
  expect(states).toEqual(['conductor closed', 'conductor open'])
  expect(results).toEqual(['failure', 'failure', 'rejected'])
})

test('a call that is not safe to repeat is made once, and its failures open the circuit too', async () => {
  const { guarded, states, results } = guarding()
  let calls = 0
  const failing = () => {
    calls += 1
    return Promise.reject(away())
  }
  for (let i = 0; i < 4; i++) await expect(guarded(failing, { isRepeatable: false })).rejects.toThrow('away')
  await expect(guarded(failing, { isRepeatable: false })).rejects.toThrow('is not asked for now')
  expect({ calls, states }).toEqual({ calls: 4, states: ['conductor closed', 'conductor open'] })
  expect(results).toEqual([...Array(4).fill('failure'), 'rejected'])
})

test.each([
  ['GET', undefined, 2],
  ['POST', undefined, 1],
  ['PATCH', undefined, 1],
  ['POST', true, 2],
] as const)('of a client, %s with isRepeatable %p is made %d times', async (method, isRepeatable, times) => {
  let calls = 0
  const client: JsonClient = {
    call() {
      calls += 1
      return Promise.reject(away())
    },
  }
  const call = { method, path: '/x', schema: z.unknown(), correlationId: 'c' }
  const asked = guardedClient(client, guarding().guarded).call(
    isRepeatable === undefined ? call : { ...call, isRepeatable },
  )
  await expect(asked).rejects.toThrow('away')
  expect(calls).toBe(times)
})

test('an open circuit lets a call through after its time, and closes when that succeeds', async () => {
  const { guarded, states } = guarding(5)
  for (let i = 0; i < 2; i++) await guarded(() => Promise.reject(away())).catch(() => {})
  await until(() => guarded(async () => true), { timeoutMs: 5_000, what: 'the circuit to close', intervalMs: 2 })
  expect(states).toEqual(['conductor closed', 'conductor open', 'conductor half_open', 'conductor closed'])
})

test('a neighbour that catches up, or refuses, is there: neither is tried again nor counts as its failure', async () => {
  const { guarded, states } = guarding()
  let calls = 0
  for (const error of [new PassingError('catching_up', 'not yet'), new Error('a refusal')])
    for (let i = 0; i < 6; i++)
      await expect(
        guarded(() => {
          calls += 1
          return Promise.reject(error)
        }),
      ).rejects.toBe(error)
  expect(calls).toBe(12)
  expect(states).toEqual(['conductor closed'])
})

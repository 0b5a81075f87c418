import { REQUEST, type System } from '../e2e/system.ts'
import { until } from '../support/until.ts'
import type { Fault } from './faults.ts'
import { bodyOf, register, untilStatus } from './teacher.ts'

/** Whatever happens, a caller has an answer after so many milliseconds. */
const BOUND_MS = 12_000

const CALLS = ['registration', 'pipeline request', 'the same with a key', 'status', 'plan', 'list of pipelines']

/** What a call is answered, and whether that was in time. */
const probe = async (call: () => Promise<Response>): Promise<{ text: string; bounded: boolean }> => {
  const started = performance.now()
  const answer = await call().catch(() => undefined)
  if (!answer) return { text: 'no answer', bounded: false }
  const { code } = answer.ok ? { code: undefined } : await bodyOf(answer)
  const text = code === undefined ? `${answer.status}` : `${answer.status} \`${code}\``
  return { text, bounded: performance.now() - started <= BOUND_MS }
}

/**
 * Begins each fault in turn, writes down what every kind of call is answered while it lasts, ends it, and sees that what was
 * accepted meanwhile is done. Throws when a call had no answer in time or a run did not end.
 */
export const matrix = async (
  system: System,
  faults: readonly Fault[],
  say: (line: string) => void,
): Promise<readonly string[]> => {
  const rows: string[] = []
  for (const fault of faults) {
    // Two batches: one is only looked at, the other is asked for a pipeline while the fault lasts.
    const [looked, asked] = [await register(system), await register(system)]
    await Promise.all([looked, asked].map((batch) => untilStatus(system, batch, /ready/)))
    await fault.begin()
    const key = { 'idempotency-key': crypto.randomUUID() }
    const seen = await Promise.all([
      probe(() => system.call('/v1/batches/register', { expected_essay_count: 1, course_code: 'ENG5' })),
      probe(() => system.call(`/v1/batches/${asked}/pipelines`, REQUEST)),
      probe(() => system.call(`/v1/batches/${asked}/pipelines`, REQUEST, 1, key)),
      probe(() => system.call(`/v1/batches/${looked}/status`)),
      probe(() => system.call(`/v1/batches/${looked}/plans`, REQUEST)),
      probe(() => system.call('/v1/pipelines')),
    ])
    await fault.end()
    const late = seen.findIndex(({ bounded }) => !bounded)
    if (late >= 0) throw new Error(`${fault.name}: ${CALLS[late]} had no answer within ${BOUND_MS} ms`)
    const back = performance.now()
    await system.allReady()
    // Whatever the answer was: with one more request, which may be refused because the first one runs, the run ends.
    await until(async () => (await system.call(`/v1/batches/${asked}/pipelines`, REQUEST)).ok, {
      ...{ timeoutMs: 60_000, what: 'requests to be accepted again', intervalMs: 200 },
    })
    await untilStatus(system, asked, /^completed/)
    say(`${fault.name}: all done ${((performance.now() - back) / 1_000).toFixed(1)} s after its end`)
    rows.push(`| ${[fault.name, ...seen.map(({ text }) => text), 'ended'].join(' | ')} |`)
  }
  const header = ['what happens', ...CALLS, 'what was accepted']
  return [`| ${header.join(' | ')} |`, `|${' --- |'.repeat(header.length)}`, ...rows]
}

import { afterEach, beforeEach, expect, test } from 'bun:test'
import { batchId } from '../../../../shared/ids.ts'
import type { Change, ChangeFeed } from '../../../../shared/store/changes/port.ts'
import type { Logger } from '../../../../shared/telemetry/logger-port.ts'
import { type Line, recordingLogger } from '../../../support/silent.ts'
import { until } from '../../../support/until.ts'

export const change = (id: string, revision = 1, userId: string | null = null): Change => ({
  batchId: batchId(id),
  revision,
  userId,
})

/** What both feeds owe. `open` gives some that replicas would have; they tell each other. */
export const changeFeedContract = (
  open: (replicas: number, logger: Logger) => { readonly feeds: readonly ChangeFeed[]; close(): Promise<void> },
): void => {
  let lines: Line[]
  let at: ReturnType<typeof open>
  const ends: (() => Promise<void>)[] = []
  beforeEach(() => {
    lines = []
    at = open(2, recordingLogger(lines))
  })
  afterEach(async () => {
    for (const end of ends.splice(0)) await end()
    await at.close()
  })

  const listen = (feed: ChangeFeed | undefined) => {
    const seen: Change[] = []
    const end = feed?.subscribe({ changed: (changes) => void seen.push(...changes), gap() {} })
    if (!end) throw new Error('no feed')
    ends.push(end)
    return { seen, end }
  }

  /** Notices may be lost until an engine knows who listens: told again until it came. */
  const heard = (seen: readonly Change[]) =>
    until(
      () => {
        at.feeds[0]?.publish([change('are you there')])
        return seen.length > 0
      },
      { timeoutMs: 5_000, what: 'a listener to be known' },
    )
  const of = (seen: readonly Change[]) => seen.filter((one) => one.batchId !== batchId('are you there'))

  test('what one replica publishes every replica hears, itself too, in order and as it was', async () => {
    const here = listen(at.feeds[0])
    const there = listen(at.feeds[1])
    await Promise.all([heard(here.seen), heard(there.seen)])
    const cause = { correlationId: 'c', traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' }
    const changes = [change('}x{', 1_795_496_612_641_301, 'ada "Ö"'), { ...change('b-2', 2), cause }]
    at.feeds[0]?.publish(changes)
    at.feeds[0]?.publish([change('b-3', 3)])
    for (const { seen } of [here, there]) {
      await until(() => of(seen).length === 3, { timeoutMs: 5_000, what: 'all changes to be heard' })
      expect(of(seen)).toEqual([...changes, change('b-3', 3)])
    }
  })

  test('thousands at once come all, and nothing at all is nothing', async () => {
    const { seen } = listen(at.feeds[1])
    await heard(seen)
    at.feeds[0]?.publish([])
    const many = Array.from({ length: 2_345 }, (_, n) => change(`b-${n}`, n))
    at.feeds[0]?.publish(many)
    await until(() => of(seen).length === many.length, { timeoutMs: 5_000, what: 'all changes to be heard' })
    expect(of(seen)).toEqual(many)
  })

  test('who has ended hears nothing more, and the others go on', async () => {
    const gone = listen(at.feeds[1])
    const { seen } = listen(at.feeds[1])
    await Promise.all([heard(gone.seen), heard(seen)])
    await gone.end()
    const before = gone.seen.length
    at.feeds[0]?.publish([change('b-1')])
    await until(() => of(seen).length === 1, { timeoutMs: 5_000, what: 'the change to be heard' })
    expect(gone.seen.length).toBe(before)
  })

  test('a listener that throws is logged, and neither the publisher nor the next listener suffers', async () => {
    const end = at.feeds[1]?.subscribe({
      changed() {
        throw new Error('a bug')
      },
      gap() {},
    })
    if (end) ends.push(end)
    const { seen } = listen(at.feeds[1])
    await heard(seen)
    await until(() => lines.some(({ fields }) => fields['err'] === 'a bug'), { timeoutMs: 5_000, what: 'a log line' })
  })
}

import { expect, test } from 'bun:test'
import type { LogRecord } from '../../../shared/log/port.ts'
import { createPump } from '../../../shared/log/pump.ts'
import { recordingLogger } from '../../support/silent.ts'
import { until } from '../../support/until.ts'

const record: LogRecord = { topic: 't', partition: 0, offset: 4, timestamp: 0, key: null, value: null, headers: {} }

test('a partition that cannot be read for a while goes on once it can', async () => {
  const logger = recordingLogger()
  const handled: LogRecord[] = []
  const commits: number[] = []
  const answers = [new Error('disk I/O error'), new Error('disk I/O error'), [record]]
  const pump = createPump({
    topic: 't',
    partition: 0,
    logger,
    handler: async (records) => void handled.push(...records),
    async take(signal) {
      const answer = answers.shift()
      if (answer instanceof Error) throw answer
      if (answer) return answer
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      return undefined
    },
    seek: (offset) => offset,
    commit: (offset) => void commits.push(offset),
    heartbeat: async () => {},
  })
  await until(() => commits.length > 0, { timeoutMs: 5_000, what: 'the record to be committed' })
  expect({ handled, commits }).toEqual({ handled: [record], commits: [5] })
  expect(logger.lines).toMatchObject([0, 1].map((attempt) => ({ level: 'warn', fields: { topic: 't', attempt } })))
  await pump.stop()
})

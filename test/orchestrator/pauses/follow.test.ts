import { expect, test } from 'bun:test'
import { createPauses } from '../../../orchestrator/pauses/follow.ts'
import { pauseMessage } from '../../../orchestrator/pauses/message.ts'
import { TOPICS } from '../../../shared/contracts/topics.ts'
import { correlationId } from '../../../shared/ids.ts'
import { createEmbeddedLog } from '../../../shared/log/embedded/log.ts'
import { topicSpecs } from '../../../shared/log/topic-specs.ts'
import { recordingLogger, silent } from '../../support/silent.ts'
import { until } from '../../support/until.ts'
import { CORRELATION, NOW, runStore } from '../support.ts'

const SPECS = topicSpecs({
  ...{ topics: [TOPICS.phasePauseChanged], partitions: 8 },
  ...{ stateExpiryMs: 1_000, maxBatchEssays: 10 },
})

test('what the log says of each phase last is put into a store that lacks it, and a record that is no pause is told of', async () => {
  const log = createEmbeddedLog({ path: ':memory:', logger: silent })
  await log.ensureTopics(SPECS)
  const { store } = runStore()
  const logger = recordingLogger()
  const pauses = createPauses({ log, store, logger })
  const said = (phase: string, paused: boolean) =>
    pauseMessage(
      { phase, paused, changed_by: 'test', user_id: null, changed_at: NOW },
      { correlationId: correlationId(CORRELATION) },
    )
  await pauses.apply()
  expect(await store.pauses()).toEqual([])
  await log.publish([
    { topic: TOPICS.phasePauseChanged, key: 'nlp', value: '{}', headers: {} },
    said('spellcheck', true),
    said('nlp', true),
    said('spellcheck', false),
  ])
  await pauses.follow()
  const states = async () => {
    await pauses.apply()
    return (await store.pauses()).map(({ phase, paused }) => `${phase} ${paused}`)
  }
  await until(async () => (await states()).length === 2, { timeoutMs: 5_000, what: 'the pauses' })
  expect(await states()).toEqual(['nlp true', 'spellcheck false'])
  expect(logger.lines).toMatchObject([{ level: 'error', message: 'not a pause of a phase' }])
  await pauses.stop()
  await log.close()
})

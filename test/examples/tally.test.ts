import { expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTally } from '../../examples/tally/service.ts'
import { messageOf } from '../../shared/contracts/send.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { batchId, correlationId, eventId, randomId } from '../../shared/ids.ts'
import { createEmbeddedLog } from '../../shared/log/embedded/log.ts'
import { topicSpecsOf } from '../../shared/log/topic-specs.ts'
import { createCorrelationContext } from '../../shared/telemetry/context.ts'
import { createMetrics } from '../../shared/telemetry/metrics.ts'
import { recordingLogger } from '../support/silent.ts'
import { until } from '../support/until.ts'

/** The example of the guide: a further service on the shared layer. */

const completed = (id: string, status: 'completed_successfully' | 'completed_with_failures') =>
  messageOf({
    topic: TOPICS.pipelineCompleted,
    batchId: batchId('b-1'),
    eventId: eventId(id),
    correlationId: correlationId(randomId()),
    source: SENDERS.orchestrator,
    at: 1_800_000_000_000,
    data: {
      batch_id: 'b-1',
      completed_phases: ['nlp'],
      final_status: status,
      processing_duration_seconds: 1,
      successful_essay_count: 1,
      failed_essay_count: 0,
      correlation_id: randomId(),
      metadata: { entity_id: 'b-1', entity_type: 'batch', timestamp: '2027-01-15T08:00:00Z', event: 'x' },
    },
  })

test('counts each run once, keeps what it cannot read as a dead letter, and has health, metrics and problems', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'baton-tally-'))
  const logger = recordingLogger()
  const log = createEmbeddedLog({ path: join(folder, 'log.sqlite'), logger })
  const tally = createTally({ log, logger, context: createCorrelationContext(), metrics: createMetrics('tally') })
  const get = (path: string) => tally.app.request(path)
  try {
    await log.ensureTopics(topicSpecsOf({ TOPIC_PARTITIONS: 1, STATE_EXPIRY_DAYS: 1, MAX_BATCH_ESSAYS: 10 }))
    await tally.start()
    const [one, two] = [randomId(), randomId()]
    const broken = { topic: TOPICS.pipelineCompleted, key: 'b-1', value: 'not JSON', headers: {} }
    await log.publish([
      completed(one, 'completed_successfully'),
      broken,
      completed(one, 'completed_successfully'),
      completed(two, 'completed_with_failures'),
    ])
    await until(async () => (await (await get('/tally')).text()).includes('with_failures'), {
      timeoutMs: 10_000,
      what: 'both runs to be counted',
    })
    expect(await (await get('/tally')).json()).toEqual({ completed_successfully: 1, completed_with_failures: 1 })
    expect(await (await get('/metrics')).text()).toContain(
      'baton_dead_letters_total{topic="huleedu.batch.pipeline.completed.v1",reason="not_json"',
    )
    expect((await get('/readyz')).status).toBe(200)
    expect(await (await get('/nowhere')).json()).toMatchObject({ code: 'RESOURCE_NOT_FOUND', status: 404 })
  } finally {
    await tally.stop()
    await log.close()
    await rm(folder, { recursive: true })
  }
})

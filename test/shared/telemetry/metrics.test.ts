import { expect, test } from 'bun:test'
import { createApp } from '../../../shared/http/app.ts'
import { createMetrics } from '../../../shared/telemetry/metrics.ts'
import { appDeps } from '../../support/app.ts'

/** The lines of one metric, comments left out. */
const linesOf = async (metrics: ReturnType<typeof createMetrics>, name: string) =>
  (await metrics.exposition()).text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))

test('requests are counted by method, route pattern and status, whatever the path', async () => {
  const metrics = createMetrics('gateway')
  const app = createApp({ ...appDeps(), metrics: metrics.http })
  app.get('/batches/:id', (c) => c.json({}))
  for (const path of ['/batches/1', '/batches/2', '/batches/2/none', '/wp-login.php']) await app.request(path)
  expect((await linesOf(metrics, 'baton_http_requests_total')).sort()).toEqual([
    'baton_http_requests_total{method="GET",route="/batches/:id",status="200",service="gateway"} 2',
    'baton_http_requests_total{method="GET",route="none",status="404",service="gateway"} 2',
  ])
  expect(await linesOf(metrics, 'baton_http_problems_total')).toEqual([
    'baton_http_problems_total{route="none",code="RESOURCE_NOT_FOUND",service="gateway"} 2',
  ])
  const durations = await linesOf(metrics, 'baton_http_request_duration_seconds_count')
  expect(durations).toContain(
    'baton_http_request_duration_seconds_count{service="gateway",method="GET",route="/batches/:id"} 2',
  )
})

test('requests that are being answered are counted while they are, those that fail too', async () => {
  const metrics = createMetrics('gateway')
  const app = createApp({ ...appDeps(), metrics: metrics.http })
  const waiting = Promise.withResolvers<void>()
  app.get('/waits', async (c) => {
    await waiting.promise
    return c.json({})
  })
  app.get('/throws', async () => {
    await waiting.promise
    throw new Error('broken')
  })
  const read = () => linesOf(metrics, 'baton_http_requests_in_flight')
  const asked = ['/waits', '/waits', '/throws'].map((path) => app.request(path))
  expect(await read()).toEqual(['baton_http_requests_in_flight{service="gateway"} 3'])
  waiting.resolve()
  await Promise.all(asked)
  expect(await read()).toEqual(['baton_http_requests_in_flight{service="gateway"} 0'])
})

test('a resolution is counted under the name that was asked for, and under those of the original', async () => {
  const { conductor, ...metrics } = createMetrics('conductor')
  conductor.resolution('nlp', 'success', 0.01)
  conductor.resolution('nlp', 'unknown_pipeline', 0.01)
  const all = { conductor, ...metrics }
  expect(await linesOf(all, 'bcs_pipeline_resolutions_total')).toEqual([
    'bcs_pipeline_resolutions_total{status="success",service="conductor"} 1',
    'bcs_pipeline_resolutions_total{status="failure",service="conductor"} 1',
  ])
  expect((await linesOf(all, 'huleedu_bcs_pipeline_resolutions_total')).length).toBe(2)
})

test('lag is read when it is asked for and summed over a topic; what is unknown counts as none', async () => {
  const metrics = createMetrics('conductor')
  let lag: number | undefined = 3
  metrics.lag('conductor-facts', () => [
    { topic: 'a', lag },
    { topic: 'a', lag: 4 },
  ])
  const read = () => linesOf(metrics, 'baton_consumer_lag')
  expect(await read()).toEqual(['baton_consumer_lag{group="conductor-facts",topic="a",service="conductor"} 7'])
  lag = undefined
  expect(await read()).toEqual(['baton_consumer_lag{group="conductor-facts",topic="a",service="conductor"} 4'])
})

test('two services in one process have metrics of their own, with those of the process', async () => {
  const [gateway, conductor] = [createMetrics('gateway'), createMetrics('conductor')]
  gateway.gateway.published('t', 'acknowledged', 0.003)
  expect(await linesOf(gateway, 'baton_published_total')).toEqual([
    'baton_published_total{topic="t",outcome="acknowledged",service="gateway"} 1',
  ])
  expect(await linesOf(conductor, 'baton_published_total')).toEqual([])
  expect((await conductor.exposition()).text).toContain('process_resident_memory_bytes')
})

test('every part of a service counts under its own name', async () => {
  const metrics = createMetrics('conductor')
  metrics.processor.deadLettered('t', 'not_json')
  metrics.processor.held('t', 'redis')
  metrics.conductor.projected('t', 2)
  metrics.conductor.ignored('t', 'late', 3)
  metrics.orchestrator.request('accepted', 'none')
  metrics.orchestrator.commanded('nlp')
  metrics.orchestrator.ended('nlp', 'completed_successfully')
  metrics.orchestrator.swept(4)
  metrics.gateway.limited('/r', 'refused')
  metrics.marker.mismatch('g')
  const { text } = await metrics.exposition()
  for (const line of [
    'baton_dead_letters_total{topic="t",reason="not_json",service="conductor"} 1',
    'baton_partition_held_total{topic="t",source="redis",service="conductor"} 1',
    'baton_facts_projected_total{event_type="t",service="conductor"} 2',
    'baton_facts_ignored_total{event_type="t",reason="late",service="conductor"} 3',
    'baton_requests_total{verdict="accepted",reason="none",service="conductor"} 1',
    'baton_phase_commands_total{phase="nlp",service="conductor"} 1',
    'baton_runs_ended_total{pipeline="nlp",status="completed_successfully",service="conductor"} 1',
    'baton_outbox_swept_total{service="conductor"} 4',
    'baton_rate_limit_total{route="/r",verdict="refused",service="conductor"} 1',
    'baton_marker_mismatch_total{group="g",service="conductor"} 1',
  ])
    expect(text).toContain(line)
})

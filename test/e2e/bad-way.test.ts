import { afterAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import type { Catalog, PhaseDefinition } from '../../shared/pipelines/catalog.ts'
import { loadCatalog } from '../../shared/pipelines/load.ts'
import { startEmbedded } from '../support/embedded.ts'
import { until } from '../support/until.ts'

/** The main job among neighbours that fail, repeat themselves, come late, in the wrong order, or not at all. */

const undo: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const step of undo) await step()
})

/** The project's own pipelines, with phases that do not wait long. */
const impatient = (): Catalog => {
  const catalog = loadCatalog(join(import.meta.dir, '../../pipelines'))
  const hurried = (phase: PhaseDefinition): PhaseDefinition => ({ ...phase, timeoutMs: 300, attempts: 2 })
  return {
    ...catalog,
    resolve(requested) {
      const pipeline = catalog.resolve(requested)
      return pipeline && { ...pipeline, phases: pipeline.phases.map(hurried) }
    },
  }
}

test('every request is answered and every run ends, whatever the neighbours do', async () => {
  const { client, stop } = await startEmbedded({
    catalog: impatient(),
    environment: {
      READY_WAIT_SECONDS: '5',
      SIMULATOR_PHASE_MS: '5',
      SIMULATOR_LATE_MS: '300',
      SIMULATOR_FAILURE_RATE: '0.1',
      SIMULATOR_CONTENT_FAILURE_RATE: '0.05',
      SIMULATOR_REPEAT_RATE: '0.3',
      SIMULATOR_REORDER_RATE: '0.3',
      SIMULATOR_LATE_RATE: '0.1',
      SIMULATOR_LOSS_RATE: '0.15',
    },
  })
  undo.push(stop)
  const ends = await Promise.all(
    Array.from({ length: 12 }, async (_, n) => {
      const essays = Array.from({ length: 1 + (n % 6) }, (_, i) => `essay-${i}`)
      const batch = await client.register(essays, n % 3 === 0 ? 'class-7b' : null)
      const correlation = await client.request(batch, 'nlp')
      return until(
        async () => {
          const { run, requests } = (await client.status(batch)).details
          const verdict = requests.find(({ correlation_id }) => correlation_id === correlation)
          if (verdict?.verdict === 'refused') return `refused ${verdict.reason}`
          if (verdict?.verdict !== 'accepted' || run?.correlation_id !== correlation) return undefined
          return run.status === 'processing' ? undefined : run
        },
        { timeoutMs: 60_000, what: `batch ${n} to be done with` },
      )
    }),
  )
  // Each essay that was commanded has ended, one way or the other.
  for (const end of ends) {
    if (typeof end === 'string') expect(['refused content_failed', 'refused content_timeout']).toContain(end)
    else for (const { succeeded, failed, total } of end.phases) expect(succeeded + failed).toBe(total)
  }
  expect(ends.filter((end) => typeof end !== 'string').length).toBeGreaterThan(2)
}, 90_000)

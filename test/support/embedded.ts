import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EmbeddedConfig } from '../../embedded/config.ts'
import { createEmbedded } from '../../embedded/create.ts'
import { keptSecrets } from '../../embedded/secrets.ts'
import { parseEnvironment } from '../../shared/config.ts'
import { createLifecycle } from '../../shared/lifecycle.ts'
import type { Catalog } from '../../shared/pipelines/catalog.ts'
import { createCorrelationContext } from '../../shared/telemetry/context.ts'
import { createScenarioClient } from '../../simulator/scenarios/client.ts'
import { silent } from './silent.ts'

const UNLIMITED = {
  RATE_LIMIT_PIPELINES_PER_MINUTE: '0',
  RATE_LIMIT_STATUS_PER_MINUTE: '0',
  RATE_LIMIT_DEFAULT_PER_MINUTE: '0',
}

export interface StartOptions {
  readonly catalog: Catalog
  readonly environment: Readonly<Record<string, string>>
}

/** All services and the simulator in this process, on files of their own, and a client of their gateway. */
export const startEmbedded = async ({ catalog, environment }: StartOptions) => {
  const lifecycle = createLifecycle(silent)
  const folder = await mkdtemp(join(tmpdir(), 'baton-embedded-'))
  lifecycle.onStop('folder', () => rm(folder, { recursive: true, force: true }))
  const baton = createEmbedded({
    config: parseEnvironment(EmbeddedConfig, { DATA_DIR: folder, ...UNLIMITED, ...environment }),
    version: '0',
    catalog,
    secrets: keptSecrets(folder),
    loggerOf: () => silent,
    context: createCorrelationContext(),
    lifecycle,
    peerOf: () => 'test',
    upgrade: () => false,
  })
  await baton.start()
  const client = createScenarioClient({
    gateway: 'http://gateway.test',
    fetch: (request) => baton.apps.gateway.fetch(request),
    sleep: Bun.sleep,
  })
  await client.signIn()
  return { client, stop: () => lifecycle.stop() }
}

import { join } from 'node:path'
import { createConductorApp } from '../../conductor/app.ts'
import { createEmbeddedOwnedIndex } from '../../conductor/owned/embedded.ts'
import type { BatchStore } from '../../conductor/state/port.ts'
import type { EventLog, OutgoingMessage } from '../../shared/log/port.ts'
import { loadCatalog } from '../../shared/pipelines/load.ts'
import { openDatabase } from '../../shared/store/sqlite.ts'
import { appDeps } from '../support/app.ts'
import { embeddedLetters } from './dead-letters/support.ts'
import { embeddedStore } from './state/support.ts'

export const catalog = loadCatalog(join(import.meta.dir, '../../pipelines'))
export const KEY = 'an-internal-key-for-tests'

/** The conductor's app over an embedded store that a test fills. */
export const conductor = (
  options: {
    readonly store?: Partial<BatchStore>
    readonly waitLimitMs?: number
    readonly publish?: EventLog['publish']
    /** What every store and the log fail with. */
    readonly broken?: Error
    readonly internalKeys?: readonly string[]
  } = {},
) => {
  const at = embeddedStore()
  const owned = createEmbeddedOwnedIndex(openDatabase(':memory:'))
  const base = appDeps({ maxBodyBytes: 50_000 })
  const letters = embeddedLetters()
  const published: OutgoingMessage[] = []
  const publish: EventLog['publish'] = async (messages) => {
    published.push(...messages)
    return messages.map(({ topic }, offset) => ({ topic, partition: 0, offset }))
  }
  const resolutions: (readonly [string, string])[] = []
  const fail = () => Promise.reject(options.broken)
  const stores = {
    store: { ...at.store, ...options.store },
    owned,
    deadLetters: letters.store,
    log: { publish: options.publish ?? publish },
  }
  const broken = {
    store: { apply: fail, read: fail, revision: fail, essays: fail, settle: fail, unsettled: fail, ping: fail },
    owned: { add: fail, remove: fail, list: fail, count: fail },
    deadLetters: { record: fail, decide: fail, page: fail, read: fail },
    log: { publish: fail },
  }
  const app = createConductorApp({
    ...base,
    ...(options.broken ? broken : stores),
    catalog,
    metrics: { http: base.metrics, conductor: { resolution: (...args) => void resolutions.push([args[0], args[1]]) } },
    internalKeys: options.internalKeys ?? [KEY],
    waitLimitMs: options.waitLimitMs ?? 0,
    sleep: (ms) => Bun.sleep(ms),
    health: {
      version: '0',
      environment: 'test',
      checks: [],
      exposition: async () => ({ contentType: 'text/plain', text: '' }),
    },
  })
  const headers = { 'x-internal-api-key': KEY, 'x-service-id': 'test', 'content-type': 'application/json' }
  return {
    ...at,
    owned,
    app,
    resolutions,
    letters,
    published,
    lines: base.logger.lines,
    deps: base,
    get: (path: string) => app.request(path, { headers }),
    post: (path: string, body: unknown) =>
      app.request(path, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) }),
  }
}

import type { ConductorPort, OrchestratorPort } from '../../../gateway/ports.ts'
import type { ContentPort } from '../../../gateway/upload/port.ts'
import { PassingError, PublishError } from '../../../shared/errors.ts'
import { UpstreamError } from '../../../shared/http/upstream.ts'
import { newerThan, registeredBy, statusOf } from '../support.ts'
import { exampleOf } from './document.ts'

export type Way = 'fine' | 'unknown' | 'conflict' | 'wrong' | 'away'

/** Neighbours that all answer in one way; a fine answer is the example that the document shows of it. */
export const answering = (way: Way) => {
  const fail = (): never => {
    if (way === 'conflict') throw new UpstreamError('orchestrator', 409, { code: 'CONFLICT', detail: 'moved on' })
    if (way === 'unknown') throw new UpstreamError('there', 404, { code: 'RESOURCE_NOT_FOUND', detail: 'none' })
    if (way === 'wrong') throw new UpstreamError('there', 500, {})
    throw new PassingError('conductor', 'away')
  }
  const answer = (path: string, method: string, status?: string) => async () =>
    way === 'fine' ? Object(exampleOf(path, method, status)) : fail()
  const missing = async () => (way === 'unknown' || way === 'conflict' ? undefined : fail())
  const found = statusOf('b-1', 'ada')
  const fine = way === 'fine' || way === 'conflict'
  const batch = { registered: true, content: 'ready', user_id: 'ada', org_id: null } as const
  const plan = {
    execution: 'sequential',
    final_pipeline: [],
    plan: [],
    analysis_summary: '',
    revision: '1',
    batch,
  } as const
  const conductor: Partial<ConductorPort> = {
    status: async () => (fine ? found : missing()),
    newer: async (batches) =>
      batches.map(({ batch_id, revision }) => newerThan(revision, batch_id, fine ? found : undefined)),
    essays: fine ? async () => undefined : async () => missing(),
    runs: fine ? async () => undefined : async () => missing(),
    batches: async () => {
      if (way !== 'fine') return fail()
      const { batches } = Object(exampleOf('/v1/batches', 'get'))
      return { batches, total: batches.length, next_cursor: null }
    },
    define: async () => (way === 'fine' ? Object(plan) : fail()),
    letters: answer('/v1/admin/dead-letters', 'get'),
    letterGroups: answer('/v1/admin/dead-letters/groups', 'get'),
    letter: answer('/v1/admin/dead-letters/{letter_id}', 'get'),
    redrive: answer('/v1/admin/dead-letter-redrives', 'post'),
    park: answer('/v1/admin/dead-letters/{letter_id}/park', 'post'),
  }
  const orchestrator: Partial<OrchestratorPort> = {
    owner: async () => (fine ? registeredBy('ada', 'b-1') : missing()),
    register: answer('/v1/batches/register', 'post', '202'),
    cancel: answer('/v1/batches/{batch_id}/cancel', 'post'),
    retry: async (_, body) =>
      way === 'fine' ? Object(exampleOf('/v1/batches/{batch_id}/retry', 'post', body.dry_run ? '200' : '202')) : fail(),
    setPrompt: answer('/v1/batches/{batch_id}/prompt', 'patch'),
    stuck: answer('/v1/admin/stuck-runs', 'get'),
  }
  const content: ContentPort = { store: async () => (fine ? 'content-1' : fail()) }
  const publish = async () => {
    if (way === 'away') throw new PublishError('not_sent', 'away')
    return fine ? [] : fail()
  }
  return { conductor, orchestrator, content, publish }
}

import type { Client } from 'openapi-fetch'
import type { paths } from './openapi.ts'
import type { Patience } from './patience.ts'
import { isRefusedForNow } from './problem.ts'
import type {
  Figures,
  Health,
  Letter,
  LetterDetail,
  LetterGroups,
  Letters,
  LettersQuery,
  Redriven,
  RedriveRequest,
  StuckRuns,
} from './types.ts'

/** What an administrator sees and does; the gateway refuses everybody else. */
export const createOperations = (api: Client<paths>, patiently: Patience) => ({
  /** Whether each service can do its work now, and what is in the way. */
  health: (): Promise<Health> => patiently(() => api.GET('/v1/admin/health')),
  /** Counters and lag as of now. */
  figures: (): Promise<Figures> => patiently(() => api.GET('/v1/admin/figures')),
  /** What waits for longer than so many seconds, and for what. */
  stuckRuns: (olderThanSeconds: number): Promise<StuckRuns> =>
    patiently(() => api.GET('/v1/admin/stuck-runs', { params: { query: { older_than_seconds: olderThanSeconds } } })),
  /** Dead letters by what they died of. */
  letterGroups: (): Promise<LetterGroups> => patiently(() => api.GET('/v1/admin/dead-letters/groups')),
  /** Dead letters, newest first. */
  letters: (query: LettersQuery): Promise<Letters> =>
    patiently(() => api.GET('/v1/admin/dead-letters', { params: { query } })),
  /** One dead letter, with its raw bytes. */
  letter: (letterId: string): Promise<LetterDetail> =>
    patiently(() => api.GET('/v1/admin/dead-letters/{letter_id}', { params: { path: { letter_id: letterId } } })),
  /** Sends dead letters back to where they came from; with `dry_run` only says what would happen. */
  redrive: (body: RedriveRequest): Promise<Redriven> =>
    patiently(() => api.POST('/v1/admin/dead-letter-redrives', { body }), isRefusedForNow),
  /** Puts one aside: redriving by filter passes it over. */
  park: (letterId: string): Promise<Letter> =>
    patiently(() => api.POST('/v1/admin/dead-letters/{letter_id}/park', { params: { path: { letter_id: letterId } } })),
})

import { SQL } from 'bun'
import type { Essay } from '../../../conductor/state/port.ts'
import { parseSignature } from '../../../conductor/state/signature.ts'
import type { WholeBatch } from '../../../conductor/state/whole-batch.ts'
import type { RequestEntry, RequestVerdict, RunStatus, RunSummary } from '../../../shared/contracts/run-book.ts'
import { type BatchId, essayId } from '../../../shared/ids.ts'
import { bookOf, registration } from '../state/support.ts'

/** A database of a test's own on a server that is there. */
export const freshDatabase = (databaseUrl: string) => {
  const name = `t_${crypto.randomUUID().replaceAll('-', '')}`
  const asAdmin = async (statement: string): Promise<void> => {
    const admin = new SQL(databaseUrl)
    await admin.unsafe(statement)
    await admin.close()
  }
  return {
    url: Object.assign(new URL(databaseUrl), { pathname: `/${name}` }).href,
    create: () => asAdmin(`CREATE DATABASE ${name}`),
    drop: () => asAdmin(`DROP DATABASE ${name} WITH (FORCE)`),
  }
}

export const run = (run_id: string, started_at: number, status: RunStatus): RunSummary => ({
  run_id,
  request_id: 'q',
  correlation_id: 'c',
  requested_pipeline: 'nlp',
  user_id: 'teacher-1',
  is_retry: false,
  plan_revision: '1',
  status,
  phases: [],
  essay_count: 1,
  failed_essay_count: 0,
  refused_essay_count: 0,
  refused_essays: [],
  started_at,
  completed_at: null,
})

export const request = (verdict: RequestVerdict): RequestEntry => ({
  request_id: 'q',
  correlation_id: 'c',
  requested_pipeline: 'nlp',
  user_id: 'teacher-1',
  is_retry: false,
  verdict,
  reason: null,
  detail: null,
  run_id: null,
  requested_at: 1,
  received_at: 1,
  decided_at: null,
})

const essay = (n: number): Essay => ({
  essayId: essayId(`essay '${n}' åäö`),
  text: n % 3 === 0 ? null : `text-${n}`,
  refused: null,
  phases: new Map([
    ['spellcheck', { outcome: 'failed', errorCode: n % 2 ? 'E' : null, at: 1_770_106_530_623_001 + n }],
  ]),
  signature: 'spellcheck-',
  registers: { 'phase:spellcheck': [`0|000000000000000${n % 10}|e`, ''] },
})

interface Options {
  readonly revision?: string
  readonly essays?: number
  readonly runs?: readonly RunSummary[]
}

/** A batch as the store would give it whole. */
export const archived = (
  batchId: BatchId,
  { revision = '1795496612641301', essays = 2, runs = [] }: Options,
): WholeBatch => ({
  snapshot: {
    batchId,
    revision,
    factsRevision: revision,
    registration: registration(),
    content: 'ready',
    tally: [{ signature: parseSignature('spellcheck-'), count: essays }],
    named: [],
    essays: [],
    book: bookOf(batchId, revision, { runs: [...runs] }),
    reached: true,
    archived: revision,
    registers: { registeredBy: '0|0000000000000001|e', batch: { 'content:ready': '0|0000000000000002|e' } },
  },
  essays: Array.from({ length: essays }, (_, n) => essay(n)),
})

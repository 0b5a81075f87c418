import type { Database } from 'bun:sqlite'
import { bucketOf } from '../../shared/buckets.ts'
import type { MarkerStore } from '../../shared/store/marker/port.ts'
import { withFailuresTyped } from '../../shared/store/sqlite.ts'
import { incomplete } from '../state/snapshot.ts'
import { type DeadLetterStore, type NewLetter, placeOf, rankOf, timeOf } from './port.ts'
import { letterOf } from './rows.ts'

export interface EmbeddedDeadLettersOptions {
  readonly db: Database
  readonly markers: Pick<MarkerStore, 'isComplete'>
  /** The consumer group whose markers say what is applied. */
  readonly group: string
  /** How long a letter is kept, milliseconds. */
  readonly retentionMs: number
  /** Milliseconds since 1970; default the machine's clock. */
  readonly clock?: () => number
}

const TABLES = `
  CREATE TABLE IF NOT EXISTS dead_letters (
    topic TEXT, id TEXT, place TEXT NOT NULL, head TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (topic, id)
  ) WITHOUT ROWID;
  CREATE UNIQUE INDEX IF NOT EXISTS dead_letters_in_order ON dead_letters (topic, place);
  CREATE TABLE IF NOT EXISTS dead_letter_decisions (
    topic TEXT, id TEXT, rank TEXT NOT NULL, decision TEXT NOT NULL, PRIMARY KEY (topic, id)
  ) WITHOUT ROWID;
`

interface Row {
  readonly head: string
  readonly decision: string | null
}

/** Dead letters in SQLite. */
export const createEmbeddedDeadLetters = (options: EmbeddedDeadLettersOptions): DeadLetterStore => {
  const { db, markers, group, retentionMs, clock = Date.now } = options
  db.exec(TABLES)
  const insert = db.query<undefined, [string, string, string, string, string]>(
    'INSERT INTO dead_letters VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  )
  const expire = db.query<undefined, [string, string]>('DELETE FROM dead_letters WHERE topic = ? AND place < ?')
  const expireDecisions = db.query<undefined, [string, string]>(
    'DELETE FROM dead_letter_decisions WHERE topic = ? AND substr(rank, 3) < ?',
  )
  const setDecision = db.query<undefined, [string, string, string, string]>(
    `INSERT INTO dead_letter_decisions VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET rank = excluded.rank, decision = excluded.decision WHERE excluded.rank > rank`,
  )
  const joined = 'dead_letters l LEFT JOIN dead_letter_decisions d ON d.topic = l.topic AND d.id = l.id'
  const select = db.query<Row, [string, string, number]>(
    `SELECT head, decision FROM ${joined} WHERE l.topic = ? AND place < ? ORDER BY place DESC LIMIT ?`,
  )
  const selectOne = db.query<Row & { readonly body: string }, [string, string]>(
    `SELECT head, decision, body FROM ${joined} WHERE l.topic = ? AND l.id = ?`,
  )

  const record = db.transaction((topic: string, letters: readonly NewLetter[]) => {
    for (const { head, body } of letters) insert.run(topic, head.id, placeOf(head), JSON.stringify(head), body)
    const cutoff = timeOf(clock() - retentionMs)
    expire.run(topic, cutoff)
    expireDecisions.run(topic, cutoff)
  })

  const refuseIncomplete = async (topic: string): Promise<void> => {
    if (!(await markers.isComplete(group, bucketOf(topic)))) throw incomplete()
  }

  return withFailuresTyped<DeadLetterStore>({
    record: async (topic, letters) => record(topic, letters),
    async decide(topic, letterId, decision) {
      setDecision.run(topic, letterId, rankOf(decision), JSON.stringify(decision))
    },
    async page(topic, { before, count }) {
      await refuseIncomplete(topic)
      return select.all(topic, before ?? AFTER_ALL, count).map((row) => letterOf(row.head, row.decision))
    },
    async read(topic, letterId) {
      await refuseIncomplete(topic)
      const row = selectOne.get(topic, letterId)
      return row ? { ...letterOf(row.head, row.decision), body: row.body } : undefined
    },
  })
}

/** Larger than every place. */
const AFTER_ALL = ':'

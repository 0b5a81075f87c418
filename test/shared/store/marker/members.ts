import { Database } from 'bun:sqlite'
import type { Position } from '../../../../shared/log/port.ts'
import { createEmbeddedMarkers } from '../../../../shared/store/marker/embedded.ts'
import { createMarkerKeeper } from '../../../../shared/store/marker/keeper.ts'
import type { MarkerStore } from '../../../../shared/store/marker/port.ts'
import { createWriteCounts } from '../../../../shared/store/marker/write-counts.ts'
import { recordingLogger } from '../../../support/silent.ts'

/** A store's markers, and members whose subscription is moved by hand. */
export const setUp = ({ partitions = 2, buckets }: { partitions?: number; buckets?: readonly number[] } = {}) => {
  const db = new Database(':memory:', { strict: true })
  const stored = createEmbeddedMarkers(db)
  const logger = recordingLogger()
  const failing = { next: false }
  /** How many fields each call looked at, over all buckets. */
  const looked: number[] = []
  const markers: MarkerStore = {
    ...stored,
    keep: async (...args) => {
      looked.push(args[1].reduce((sum, { moves }) => sum + moves.length, 0))
      if (!failing.next) return stored.keep(...args)
      failing.next = false
      throw new Error('gone')
    },
  }
  const setBack = (bucket: number, partition: number, offset: number) =>
    db.run('UPDATE markers SET offset = ? WHERE bucket = ? AND field = ?', [offset, bucket, `g|t|${partition}`])
  const ends: number[] = Array.from({ length: partitions }, () => 0)
  const all = ends.map((_, partition) => ({ topic: 't', partition }))

  const member = (began: Readonly<Record<number, number>>) => {
    const owned = new Map(
      Object.entries(began).map(([partition, offset]) => [Number(partition), { began: offset, offset }]),
    )
    const rewound: Position[] = []
    const committed = new Map<number, number>()
    const applied = () => [...owned].map(([partition, at]) => ({ topic: 't', partition, ...at }))
    const writes = createWriteCounts()
    const keeper = createMarkerKeeper({
      markers,
      subscription: {
        applied,
        lag: () => applied().map((at) => ({ ...at, lag: Math.max(0, (ends[at.partition] ?? 0) - at.offset) })),
        async commit(positions) {
          for (const { partition, offset } of positions) committed.set(partition, offset)
        },
        async rewind({ topic, partition, offset }) {
          rewound.push({ topic, partition, offset })
          const at = owned.get(partition)
          if (at) at.offset = offset
        },
      },
      log: { partitions: async () => all },
      topics: ['t'],
      group: 'g',
      ...(buckets ? { buckets } : {}),
      writes,
      logger,
      metrics: { mismatch() {} },
      everyMs: 1,
    })
    return {
      ...keeper,
      rewound,
      writes,
      applied,
      end: (partition: number): number => ends[partition] ?? 0,
      committed: (partition: number) => committed.get(partition),
      at(partition: number, offset: number) {
        const place = owned.get(partition)
        if (place) place.offset = offset
        ends[partition] = Math.max(ends[partition] ?? 0, offset)
      },
    }
  }
  return {
    member,
    logger,
    failing,
    ends,
    flush: () => db.exec('DELETE FROM markers; DELETE FROM markers_caught_up'),
    /** As a failover to a replica that lags does: with what was written, the seals that were written after it. */
    lose(bucket: number, partition: number, offset: number) {
      setBack(bucket, partition, offset)
      db.run("DELETE FROM markers WHERE bucket = ? AND field LIKE 'seal|%'", [bucket])
    },
    setBack,
    /** All that is stored, and the way back to it. */
    save() {
      const rows = db.query<{ bucket: number; field: string; offset: number }, []>('SELECT * FROM markers').all()
      return () => {
        db.exec('DELETE FROM markers; DELETE FROM markers_caught_up')
        for (const { bucket, field, offset } of rows)
          db.run('INSERT INTO markers VALUES (?, ?, ?)', [bucket, field, offset])
      }
    },
    looked,
    seals: async (bucket: number) =>
      [...((await stored.read([bucket]))[0]?.keys() ?? [])].filter((field) => field.startsWith('seal|')),
    marker: async (bucket: number, partition: number) => (await stored.read([bucket]))[0]?.get(`g|t|${partition}`),
    isComplete: (bucket: number) => stored.isComplete('g', bucket),
  }
}

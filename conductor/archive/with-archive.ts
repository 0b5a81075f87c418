import type { BatchStore, Snapshot } from '../state/port.ts'
import type { ArchiveStore } from './port.ts'
import { createRestoreBatch } from './restore.ts'

export interface WithArchiveOptions {
  /** Milliseconds from a batch's last change until its state goes. */
  readonly expiryMs: number
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/**
 * A store that knows what was archived, too: batches whose state has expired are answered for by the archive, and state that
 * began anew is merged with it before anybody plans on it.
 */
export const withArchive = (
  store: BatchStore,
  archive: Pick<ArchiveStore, 'read' | 'essays' | 'named' | 'acknowledged'>,
  { expiryMs, clock }: WithArchiveOptions,
): BatchStore => {
  const restore = createRestoreBatch(store, archive)

  /** A batch that is younger than the expiry cannot have expired before: what state has is all there is. */
  const isYoung = ({ registration }: Snapshot): boolean =>
    registration !== null && registration.registeredAt > clock() - expiryMs

  return {
    ...store,

    async read(batchId, options) {
      const live = await store.read(batchId, options)
      if (live.archived !== null || !live.reached || isYoung(live)) return live
      if (live.revision !== '0') return (await restore(batchId)) ? store.read(batchId, options) : live
      const archived = await archive.read(batchId)
      if (!archived) return live
      const essays = options.essays ? await archive.essays(batchId, 0, options.essays) : []
      const named = options.named ? await archive.named(batchId, options.named) : []
      return { ...archived, essays, named, book: options.book ? archived.book : null }
    },

    async revision(batchId) {
      const live = await store.revision(batchId)
      return live === '0' ? ((await archive.acknowledged(batchId)) ?? live) : live
    },

    async essays(batchId, page) {
      const live = await store.essays(batchId, page)
      const standing = live.moved ? live.factsRevision : page.factsRevision
      const archived = standing === '0' ? await archive.read(batchId) : undefined
      if (!archived) return live
      const { factsRevision } = archived
      if (factsRevision !== page.factsRevision) return { moved: true, factsRevision }
      // One more than asked for tells whether there is more.
      const found = await archive.essays(batchId, page.first, page.count + 1)
      const isMore = found.length > page.count
      return { moved: false, essays: found.slice(0, page.count), next: isMore ? page.first + page.count : null }
    },
  }
}

import type { BatchStore } from '../state/port.ts'
import type { ArchiveStore } from './port.ts'

/**
 * A store that answers from the archive for batches whose state has expired: plans and status rest on what was archived.
 * Writing is the store's alone.
 */
export const withArchive = (
  store: BatchStore,
  archive: Pick<ArchiveStore, 'read' | 'essays' | 'acknowledged'>,
): BatchStore => ({
  ...store,

  async read(batchId, options) {
    const live = await store.read(batchId, options)
    // What came after the expiry is not enough to plan on: the registration is in the archive.
    if (live.registration !== null || !live.reached) return live
    const archived = await archive.read(batchId)
    if (!archived) return live
    const essays = options.essays ? await archive.essays(batchId, 0, options.essays) : []
    return { ...archived, essays, book: options.book ? archived.book : null }
  },

  async revision(batchId) {
    const live = await store.revision(batchId)
    return live === '0' ? ((await archive.acknowledged(batchId)) ?? live) : live
  },

  async essays(batchId, page) {
    const live = await store.essays(batchId, page)
    if (!live.moved || (await store.read(batchId, {})).registration !== null) return live
    const archived = await archive.read(batchId)
    if (archived?.factsRevision !== page.factsRevision) return live
    // One more than asked for tells whether there is more.
    const found = await archive.essays(batchId, page.first, page.count + 1)
    const isMore = found.length > page.count
    return { moved: false, essays: found.slice(0, page.count), next: isMore ? page.first + page.count : null }
  },
})

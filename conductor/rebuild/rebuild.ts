import { PassingError } from '../../shared/errors.ts'
import type { BatchId } from '../../shared/ids.ts'
import type { EventLog } from '../../shared/log/port.ts'
import type { Catalog } from '../../shared/pipelines/catalog.ts'
import type { ArchiveStore } from '../archive/port.ts'
import { type Owned, type OwnedIndex, ownerName } from '../owned/port.ts'
import type { BatchStore } from '../state/port.ts'
import { wholeBatch } from '../state/whole-batch.ts'
import { type Difference, differences } from './diff.ts'
import type { Listing } from './listing.ts'
import { compareOwners } from './owners.ts'
import type { RemoveBatch } from './remove.ts'
import type { ReplaceBatch } from './replace.ts'
import { type Replayed, replay } from './replay.ts'
import { createShadow, type Shadow } from './shadow.ts'

export interface RebuildDeps {
  readonly log: Pick<EventLog, 'consume'>
  /** The live state. */
  readonly store: Pick<BatchStore, 'read' | 'essays'>
  readonly listing: Listing
  readonly owned: Pick<OwnedIndex, 'list' | 'add' | 'remove'>
  /** Where batches are whose state has expired; undefined where there is no archive. */
  readonly archive?: Pick<ArchiveStore, 'read'> | undefined
  readonly replace: ReplaceBatch
  readonly remove: RemoveBatch
  readonly catalog: Pick<Catalog, 'phases'>
  readonly sleep: (ms: number) => Promise<void>
  readonly print: (line: string) => void
  /** Where the shadow is kept; `:memory:` for small logs. */
  readonly shadowPath: string
}

export interface RebuildOptions {
  /** This batch; all that the log or the state tells of when it is left out. */
  readonly only?: BatchId | undefined
  /** Replaces what differs; without it nothing changes. */
  readonly apply: boolean
}

export interface Rebuilt {
  readonly batches: number
  readonly different: number
  /** Replaced by what the log says, or removed where it says nothing. */
  readonly replaced: number
  /** Batches that moved on meanwhile, whose state was catching up, or that the log no longer has: they stay as they are. */
  readonly undecided: number
  /** Batches whose state has expired: the archive has them. */
  readonly expired: number
  /** Entries of the index of owners that are missing or stale. */
  readonly owners: number
}

/**
 * Projects the log from its beginning into a shadow, prints where the live state and the index of owners differ, and with
 * `apply` replaces what does. Safe beside running conductors: a batch that has moved on meanwhile stays as it is.
 */
export const rebuild = async (deps: RebuildDeps, { only, apply }: RebuildOptions): Promise<Rebuilt> => {
  const { log, catalog, sleep, print } = deps
  const shadow = createShadow(deps.shadowPath)
  try {
    const read = await replay({ log, store: shadow.store, catalog, sleep, only })
    print(`${read.records} records read, ${read.malformed} of them dead letters`)
    if (read.truncated.length > 0)
      print(`The log no longer has the beginning of ${read.truncated.join(', ')}: facts may be missing.`)
    const known = new Set(shadow.batches())
    const ids = only === undefined ? [...new Set([...known, ...(await deps.listing.batches())])].sort() : [only]
    const result = await compareBatches(deps, { shadow, known, read, ids, apply })
    const owners = await repairOwners(deps, { shadow, ids, only, apply }).catch((thrown) => {
      if (!(thrown instanceof PassingError)) throw thrown
      result.undecided += 1
      print(`owners: not compared, run this again: ${thrown.message}`)
      return 0
    })
    const { batches, different, replaced, undecided, expired } = result
    print(
      `${batches} batches, ${different} different, ${replaced} replaced, ${undecided} undecided, ${expired} expired`,
    )
    if (different + owners > 0 && !apply) print('Nothing was changed: add --apply to replace what differs.')
    return { ...result, owners }
  } finally {
    shadow.close()
  }
}

interface Comparison {
  readonly shadow: Shadow
  readonly known: ReadonlySet<BatchId>
  readonly read: Replayed
  readonly ids: readonly BatchId[]
  readonly apply: boolean
}

const compareBatches = async (deps: RebuildDeps, { shadow, known, read, ids, apply }: Comparison) => {
  const { store, archive, replace, remove, print } = deps
  const result = { batches: 0, different: 0, replaced: 0, undecided: 0, expired: 0 }

  const repair = async (id: BatchId): Promise<string> => {
    const outcome = known.has(id)
      ? await replace(id, shadow.rows(id), { isWhole: read.truncated.length === 0 })
      : await remove(id, read.extents)
    if (outcome === 'behind') result.undecided += 1
    else result.replaced += 1
    if (outcome !== 'behind') return outcome
    return known.has(id)
      ? 'not replaced: it has moved on meanwhile, run this again'
      : 'not removed: the log does not have all that it rests on'
  }

  const compare = async (id: BatchId): Promise<void> => {
    const live = await wholeBatch(store, id)
    const isUnknown = live.snapshot.revision === '0'
    if (isUnknown && !known.has(id)) return
    result.batches += 1
    if (isUnknown && (await archive?.read(id))) {
      result.expired += 1
      return
    }
    const found = differences(await wholeBatch(shadow.store, id), live)
    if (found.length === 0) return
    result.different += 1
    print(`${id}: ${found.length} differences${known.has(id) ? '' : '; the log says nothing of it'}`)
    for (const difference of found) print(lineOf(difference))
    if (apply) print(`  ${await repair(id)}`)
  }

  for (const id of ids)
    try {
      await compare(id)
    } catch (thrown) {
      if (!(thrown instanceof PassingError)) throw thrown
      result.undecided += 1
      print(`${id}: not compared, run this again: ${thrown.message}`)
    }
  return result
}

const repairOwners = async (
  { store, archive, owned, listing, print }: RebuildDeps,
  { shadow, ids, only, apply }: Pick<Comparison, 'shadow' | 'ids' | 'apply'> & Pick<RebuildOptions, 'only'>,
): Promise<number> => {
  const registrationOf = async (id: BatchId) =>
    (await store.read(id, {})).registration ??
    (await archive?.read(id))?.registration ??
    (await shadow.store.read(id, {})).registration
  const { missing, stale } = await compareOwners({ index: owned, listing, registrationOf }, ids, only)
  const show = (what: string) => (entry: Owned) => print(`owners: ${ownerName(entry.owner)} ${what} ${entry.batchId}`)
  missing.forEach(show('lacks'))
  stale.forEach(show('should not have'))
  if (apply) {
    await owned.add(missing)
    await owned.remove(stale)
  }
  return missing.length + stale.length
}

const lineOf = ({ field, log, state }: Difference): string =>
  `  ${field}: log ${log ?? 'nothing'}, state ${state ?? 'nothing'}`

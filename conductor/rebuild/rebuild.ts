import { PassingError } from '../../shared/errors.ts'
import type { BatchId } from '../../shared/ids.ts'
import type { EventLog } from '../../shared/log/port.ts'
import type { Catalog } from '../../shared/pipelines/catalog.ts'
import type { BatchStore } from '../state/port.ts'
import { wholeBatch } from '../state/whole-batch.ts'
import { type Difference, differences } from './diff.ts'
import type { ReplaceBatch } from './replace.ts'
import { replay } from './replay.ts'
import { createShadow } from './shadow.ts'

export interface RebuildDeps {
  readonly log: Pick<EventLog, 'consume'>
  /** The live state. */
  readonly store: Pick<BatchStore, 'read' | 'essays'>
  readonly replace: ReplaceBatch
  readonly catalog: Pick<Catalog, 'phases'>
  readonly sleep: (ms: number) => Promise<void>
  readonly print: (line: string) => void
  /** Where the shadow is kept; `:memory:` for small logs. */
  readonly shadowPath: string
}

export interface RebuildOptions {
  /** This batch; all that the log tells of when it is left out. */
  readonly only?: BatchId | undefined
  /** Replaces what differs; without it nothing changes. */
  readonly apply: boolean
}

export interface Rebuilt {
  readonly batches: number
  readonly different: number
  readonly replaced: number
  /** Batches that moved on meanwhile, or whose state was catching up: to be looked at again. */
  readonly undecided: number
}

/**
 * Projects the log from its beginning into a shadow, prints where the live state differs, and with `apply` replaces what
 * does. Safe beside running conductors: a batch that has moved on meanwhile stays as it is.
 */
export const rebuild = async (deps: RebuildDeps, { only, apply }: RebuildOptions): Promise<Rebuilt> => {
  const { log, store, replace, catalog, sleep, print } = deps
  const shadow = createShadow(deps.shadowPath)
  const result = { batches: 0, different: 0, replaced: 0, undecided: 0 }

  const compare = async (id: BatchId): Promise<void> => {
    result.batches += 1
    const found = differences(await wholeBatch(shadow.store, id), await wholeBatch(store, id))
    if (found.length === 0) return
    result.different += 1
    print(`${id}: ${found.length} differences`)
    for (const difference of found) print(lineOf(difference))
    if (!apply) return
    const outcome = await replace(id, shadow.rows(id))
    if (outcome === 'replaced') result.replaced += 1
    else result.undecided += 1
    print(outcome === 'replaced' ? '  replaced' : '  not replaced: it has moved on meanwhile, run this again')
  }

  try {
    const { records, malformed, truncated } = await replay({ log, store: shadow.store, catalog, sleep, only })
    print(`${records} records read, ${malformed} of them dead letters`)
    if (truncated.length > 0)
      print(`The log no longer has the beginning of ${truncated.join(', ')}: facts may be missing.`)
    for (const id of only === undefined ? shadow.batches() : shadow.batches().filter((batch) => batch === only)) {
      try {
        await compare(id)
      } catch (thrown) {
        if (!(thrown instanceof PassingError)) throw thrown
        result.undecided += 1
        print(`${id}: not compared, run this again: ${thrown.message}`)
      }
    }
  } finally {
    shadow.close()
  }
  const { batches, different, replaced, undecided } = result
  print(`${batches} batches, ${different} different, ${replaced} replaced, ${undecided} undecided`)
  if (different > 0 && !apply) print('Nothing was changed: add --apply to replace what differs.')
  return result
}

const lineOf = ({ field, log, state }: Difference): string =>
  `  ${field}: log ${log ?? 'nothing'}, state ${state ?? 'nothing'}`

import { watch } from 'node:fs'
import { asError } from '../errors.ts'
import type { Lifecycle } from '../lifecycle.ts'
import type { Logger } from '../telemetry/logger-port.ts'
import type { Catalog } from './catalog.ts'
import { CatalogError, loadCatalog } from './load.ts'

/** A catalog that is always that of the last good load; whoever holds it need not know that it changes. */
export interface LiveCatalog {
  readonly catalog: Catalog
  /** Loads again. A load that fails is logged with files and lines, and the catalog stays as it was. */
  reload(): void
}

export interface LiveCatalogDeps {
  readonly load: () => Catalog
  readonly logger: Logger
  /** Throws a CatalogError for a catalog that this service cannot work with. */
  readonly accept?: ((catalog: Catalog) => unknown) | undefined
}

/** Throws when the first load fails: there is nothing to stay with. */
export const createLiveCatalog = ({ load, logger, accept }: LiveCatalogDeps): LiveCatalog => {
  const checked = (): Catalog => {
    const loaded = load()
    accept?.(loaded)
    return loaded
  }
  let current = checked()
  return {
    catalog: {
      get phases() {
        return current.phases
      },
      get pipelines() {
        return current.pipelines
      },
      resolve: (requested) => current.resolve(requested),
    },
    reload() {
      try {
        current = checked()
        logger.info({ pipelines: [...current.pipelines.keys()] }, 'pipelines reloaded')
      } catch (thrown) {
        const problems = thrown instanceof CatalogError ? thrown.problems : [asError(thrown).message]
        logger.error({ problems }, 'pipelines not reloaded: those that were loaded stay')
      }
    },
  }
}

export interface ReloadingOptions extends Pick<LiveCatalogDeps, 'logger' | 'accept'> {
  readonly folder: string
  readonly lifecycle: Pick<Lifecycle, 'onStop'>
  /** The process, where SIGHUP means to load again. */
  readonly host?: { on(event: 'SIGHUP', listener: () => void): unknown }
  /** Load again whenever a file changes: for development. */
  readonly watch: boolean
}

/** An editor writes a file in several steps: milliseconds of quiet before it is read. */
const QUIET_MS = 100

/** The pipelines of a folder, loaded again on SIGHUP and, if asked for, whenever a file changes. */
export const reloadingCatalog = (options: ReloadingOptions): Catalog => {
  const { folder, logger, accept, lifecycle, host } = options
  const live = createLiveCatalog({ load: () => loadCatalog(folder), logger, accept })
  host?.on('SIGHUP', live.reload)
  if (options.watch) {
    let quiet: ReturnType<typeof setTimeout> | undefined
    const watcher = watch(folder, () => {
      clearTimeout(quiet)
      quiet = setTimeout(live.reload, QUIET_MS)
    })
    lifecycle.onStop('pipelines', () => {
      clearTimeout(quiet)
      watcher.close()
    })
  }
  return live.catalog
}

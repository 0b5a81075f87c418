import { SQL } from 'bun'
import { archiveFailure } from './failures.ts'
import { migrate, readMigrations } from './migrate.ts'

export interface SqlOptions {
  /** `postgres://...` or `sqlite://path`. */
  readonly url: string
  /** The folder of numbered SQL files that make the tables. */
  readonly migrations: string
  /** The table that knows which of them were applied; each service has its own. */
  readonly versions: string
}

/** Tables in Postgres or SQLite, made and changed when they are first used. */
export interface Tables {
  readonly sql: SQL
  /** Does the work once the tables are there; what fails has its type (invariant 7). */
  ready<Result>(work: () => Promise<Result>): Promise<Result>
  /** Rejects when the database cannot be reached now. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** Connects and migrates when it is first used, and again until that works. */
export const openTables = ({ url, migrations: folder, versions }: SqlOptions): Tables => {
  const sql = url.startsWith('sqlite:') ? new SQL(url) : new SQL({ url, max: 4, connectionTimeout: 5, idleTimeout: 60 })
  const migrations = readMigrations(folder)
  let migrating: Promise<unknown> | undefined

  const prepare = async (): Promise<void> => {
    try {
      if (sql.options.adapter === 'sqlite') await sql.unsafe('PRAGMA journal_mode = WAL')
      await migrate(sql, migrations, versions)
    } catch (thrown) {
      migrating = undefined
      throw thrown
    }
  }
  const ready = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      migrating ??= prepare()
      await migrating
      return await work()
    } catch (thrown) {
      throw archiveFailure(thrown)
    }
  }
  return { sql, ready, ping: () => ready(async () => void (await sql`SELECT 1`)), close: () => sql.close() }
}

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SQL } from 'bun'

export interface Migration {
  readonly version: number
  readonly sql: string
}

/** The numbered files of a folder, in order. Throws where numbers repeat or leave a gap. */
export const readMigrations = (folder: string): readonly Migration[] => {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
  return names.map((name, i) => {
    const version = Number(/^(\d{4})-[\w-]+\.sql$/.exec(name)?.[1])
    if (version !== i + 1) throw new Error(`${name} should be migration ${String(i + 1).padStart(4, '0')}`)
    return { version, sql: readFileSync(join(folder, name), 'utf8') }
  })
}

/** Any number: whoever migrates this database takes the same lock. */
const LOCK = 4_002_001

/**
 * Brings the database up to the newest migration, all in one transaction under a lock: of several processes that start at
 * once one does it and the others find it done. `versions` is the table that knows what is done. Gives what was applied now.
 */
export const migrate = (sql: SQL, migrations: readonly Migration[], versions: string): Promise<readonly number[]> => {
  const isPostgres = sql.options.adapter === 'postgres'
  const apply = async (tx: SQL): Promise<readonly number[]> => {
    if (isPostgres) await tx`SELECT pg_advisory_xact_lock(${LOCK})`
    await tx`CREATE TABLE IF NOT EXISTS ${tx(versions)} (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL)`
    const rows: readonly { version: number }[] = await tx`SELECT version FROM ${tx(versions)}`
    const done = new Set(rows.map(({ version }) => version))
    const missing = migrations.filter(({ version }) => !done.has(version))
    for (const migration of missing) {
      for (const statement of statementsOf(migration.sql)) await tx.unsafe(statement)
      await tx`INSERT INTO ${tx(versions)} VALUES (${migration.version}, ${new Date().toISOString()})`
    }
    return missing.map(({ version }) => version)
  }
  // SQLite's write lock is taken at the start, not when the first table is written.
  return isPostgres ? sql.begin(apply) : sql.begin('IMMEDIATE', apply)
}

const statementsOf = (text: string): readonly string[] =>
  text
    .replace(/^\s*--.*$/gm, '')
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')

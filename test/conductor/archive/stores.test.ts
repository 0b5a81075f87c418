import { afterEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SQL } from 'bun'
import { createArchiveStore } from '../../../conductor/archive/store.ts'
import { parseSignature } from '../../../conductor/state/signature.ts'
import { PassingError } from '../../../shared/errors.ts'
import { batchId, essayId } from '../../../shared/ids.ts'
import { migrate, readMigrations } from '../../../shared/store/sql/migrate.ts'
import { describePostgres } from '../../support/engines.ts'
import { freePort } from '../../support/free-port.ts'
import { archived, freshDatabase, run } from './support.ts'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

const contract = (freshUrl: () => Promise<string>): void => {
  const open = async (url?: string) => {
    const archive = createArchiveStore({ url: url ?? (await freshUrl()) })
    undo.push(() => archive.close())
    return archive
  }
  const B = batchId('}x')

  test('a batch comes back as it was archived, with its essays in order', async () => {
    const archive = await open()
    const batch = archived(B, { essays: 2_345 })
    await archive.put(batch)
    expect(await archive.read(B)).toEqual(batch.snapshot)
    expect(await archive.essays(B, 0, 3_000)).toEqual([...batch.essays])
    expect(await archive.essays(B, 2_344, 10)).toEqual(batch.essays.slice(2_344))
    expect(await archive.acknowledged(B)).toBe(batch.snapshot.revision)
    const [named] = await archive.named(B, 3)
    expect(named?.signature).toEqual(parseSignature('spellcheck-'))
    expect(named?.essayIds).toHaveLength(3)
  })

  test.each(['nul \0', 'back \\ \\0', '\\'])('ids of any text come back as they were: %j', async (text) => {
    const archive = await open()
    const { snapshot, essays } = archived(batchId(text), {})
    const named = essays.map((essay, n) => ({ ...essay, essayId: essayId(`${n}${text}`), text, refused: text }))
    await archive.put({ snapshot, essays: named })
    expect(await archive.read(batchId(text))).toEqual(snapshot)
    expect(await archive.essays(batchId(text), 0, 10)).toEqual(named)
    expect(await archive.acknowledged(batchId(text))).toBe(snapshot.revision)
  })

  test('of a batch that was never archived nothing is there', async () => {
    const archive = await open()
    expect(await archive.read(B)).toBeUndefined()
    expect(await archive.acknowledged(B)).toBeNull()
    expect(await archive.essays(B, 0, 10)).toEqual([])
    expect(await archive.runs(B)).toEqual([])
  })

  test('a later revision replaces the batch, an earlier one changes nothing, in any order and at the same time', async () => {
    const archive = await open()
    const versions = [3, 1, 2, 5, 4].map((n) => archived(B, { revision: `179549661264130${n}`, essays: n }))
    await Promise.all(versions.map((version) => archive.put(version)))
    await archive.put(archived(B, { revision: '1795496612641304', essays: 1 }))
    expect(await archive.acknowledged(B)).toBe('1795496612641305')
    expect(await archive.essays(B, 0, 10)).toHaveLength(5)
  })

  test('runs stay, also those that the run book no longer lists, newest first', async () => {
    const archive = await open()
    const [first, second] = [run('r-1', 1_000, 'processing'), run('r-2', 2_000, 'completed_successfully')]
    await archive.put(archived(B, { revision: '1', runs: [first] }))
    await archive.put(archived(B, { revision: '2', runs: [{ ...first, status: 'failed', completed_at: 1_500 }] }))
    await archive.put(archived(B, { revision: '3', runs: [second] }))
    expect(await archive.runs(B)).toEqual([second, { ...first, status: 'failed', completed_at: 1_500 }])
  })

  test('what was archived is there after a new start, and the tables are made once', async () => {
    const url = await freshUrl()
    const one = createArchiveStore({ url })
    await one.put(archived(B, {}))
    await one.close()
    const again = await open(url)
    expect(await again.acknowledged(B)).not.toBeNull()
  })

  test('rows of before there were registers are read with what follows from the rest, and are written anew', async () => {
    const url = await freshUrl()
    const archive = await open(url)
    const batch = archived(B, {})
    await archive.put(batch)
    const sql = new SQL(url)
    undo.push(() => sql.close())
    await sql`UPDATE archived_batches SET registers = NULL`
    await sql`UPDATE archived_essays SET registers = NULL`
    const nobody = '00000000-0000-0000-0000-000000000000'
    expect(await archive.read(B)).toEqual({
      ...batch.snapshot,
      registers: {
        registeredBy: `0|1770106530623000|${nobody}`,
        batch: { 'content:ready': `0|0000000000000000|${nobody}` },
      },
    })
    const [, second] = await archive.essays(B, 0, 2)
    expect(second?.registers).toMatchObject({
      'phase:spellcheck': [`0|1770106530623002|${nobody}`, ''],
      'phase:spellcheck:error': [`0|1770106530623002|${nobody}`, 'E'],
      'phase:spellcheck:listed': [`0|1770106530623002|${nobody}`, ''],
    })
    await archive.put(batch)
    expect(await archive.read(B)).toEqual(batch.snapshot)
  })

  test('a migration that fails leaves nothing of it, and the next try goes on from there', async () => {
    const sql = new SQL(await freshUrl())
    undo.push(() => sql.close())
    const good = { version: 1, sql: 'CREATE TABLE one (n INTEGER); CREATE TABLE two (n INTEGER)' }
    const bad = { version: 2, sql: 'CREATE TABLE three (n INTEGER); CREATE TABLE three (n INTEGER)' }
    expect(await migrate(sql, [good], 'versions')).toEqual([1])
    await expect(migrate(sql, [good, bad], 'versions')).rejects.toThrow('three')
    expect(await migrate(sql, [good, { version: 2, sql: 'CREATE TABLE three (n INTEGER)' }], 'versions')).toEqual([2])
    expect(await migrate(sql, [good], 'versions')).toEqual([])
  })
}

describe('the archive in SQLite', () => {
  contract(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'baton-archive-'))
    undo.unshift(() => rmSync(folder, { recursive: true }))
    return `sqlite://${join(folder, 'archive.sqlite')}`
  })
})

describePostgres('the archive in Postgres', (databaseUrl) => {
  const freshUrl = async () => {
    const database = freshDatabase(databaseUrl)
    await database.create()
    undo.unshift(database.drop)
    return database.url
  }
  contract(freshUrl)

  test('of several that start at once one makes the tables', async () => {
    const url = await freshUrl()
    const many = Array.from({ length: 4 }, () => createArchiveStore({ url }))
    undo.push(() => Promise.all(many.map((archive) => archive.close())))
    await Promise.all(many.map((archive, n) => archive.put(archived(batchId(`b-${n}`), {}))))
    expect(await Promise.all(many.map((archive, n) => archive.acknowledged(batchId(`b-${3 - n}`))))).not.toContain(null)
  })
})

test('a database that is away is a passing failure, named', async () => {
  const archive = createArchiveStore({ url: `postgres://nobody@127.0.0.1:${await freePort()}/none` })
  undo.push(() => archive.close())
  for (const failed of [archive.ping(), archive.put(archived(batchId('b'), {}))]) {
    const error = await failed.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(PassingError)
    expect(error).toMatchObject({ source: 'postgres' })
  }
})

test('migrations are numbered without a gap', () => {
  const folder = join(import.meta.dir, '../../../conductor/archive/migrations')
  expect(readMigrations(folder).map(({ version }) => version)).toEqual([1, 2])
  const bad = mkdtempSync(join(tmpdir(), 'baton-migrations-'))
  undo.push(() => rmSync(bad, { recursive: true }))
  return Bun.write(join(bad, '0002-late.sql'), 'SELECT 1').then(() =>
    expect(() => readMigrations(bad)).toThrow('0002-late.sql should be migration 0001'),
  )
})

import { afterEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBookArchive } from '../../../orchestrator/archive/store.ts'
import { newBook } from '../../../orchestrator/runs/model/book.ts'
import { PassingError } from '../../../shared/errors.ts'
import { batchId } from '../../../shared/ids.ts'
import { freshDatabase } from '../../conductor/archive/support.ts'
import { describePostgres, freePort } from '../../support/engines.ts'
import { bookIn, outcome, readyToPlan, runStore, start } from '../support.ts'

const undo: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

const contract = (freshUrl: () => Promise<string> | string): void => {
  const open = async (url?: string) => {
    const archive = createBookArchive({ url: url ?? (await freshUrl()) })
    undo.push(() => archive.close())
    return archive
  }

  test('a book comes back as it was archived, also after a new start', async () => {
    const { store } = runStore()
    const id = batchId('b-1')
    await readyToPlan(store, id)
    await store.start(id, start())
    await store.outcome(id, outcome())
    const book = await bookIn(store, id)
    const url = await freshUrl()
    await (await open(url)).put(id, book)
    expect(await (await open(url)).read(id)).toEqual(book)
  })

  test.each(['nul \0', 'back \\ \\0', "'; åäö"])(
    'ids and texts of any kind come back as they were: %j',
    async (text) => {
      const archive = await open()
      const book = { ...newBook(text), user_id: text, registration: text }
      await archive.put(batchId(text), book)
      expect(await archive.read(batchId(text))).toEqual(book)
      expect(await archive.revisions([batchId('other'), batchId(text)])).toEqual(
        new Map([[batchId(text), book.revision]]),
      )
    },
  )

  test('the latest revision stands, in whichever order they come', async () => {
    const archive = await open()
    const id = batchId('b-1')
    const at = (n: number) => ({ ...newBook(id), revision: `179549661264130${n}`, assignment_id: `${n}` })
    await Promise.all([3, 1, 5, 2, 4].map((n) => archive.put(id, at(n))))
    await archive.put(id, at(4))
    expect(await archive.read(id)).toEqual(at(5))
    expect(await archive.read(batchId('b-2'))).toBeUndefined()
    expect(await archive.revisions([id])).toEqual(new Map([[id, at(5).revision]]))
    expect(await archive.revisions([])).toEqual(new Map())
  })
}

describe('archived books in SQLite', () => {
  contract(() => {
    const folder = mkdtempSync(join(tmpdir(), 'baton-books-'))
    undo.unshift(() => rmSync(folder, { recursive: true }))
    return `sqlite://${join(folder, 'books.sqlite')}`
  })
})

describePostgres('archived books in Postgres', (databaseUrl) => {
  contract(async () => {
    const database = freshDatabase(databaseUrl)
    await database.create()
    undo.unshift(database.drop)
    return database.url
  })
})

test('a database that is away is a passing failure', async () => {
  const archive = createBookArchive({ url: `postgres://nobody@127.0.0.1:${await freePort()}/none` })
  undo.push(() => archive.close())
  await expect(archive.put(batchId('b'), newBook('b'))).rejects.toBeInstanceOf(PassingError)
  await expect(archive.read(batchId('b'))).rejects.toBeInstanceOf(PassingError)
})

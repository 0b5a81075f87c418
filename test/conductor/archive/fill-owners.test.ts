import { afterEach, describe, expect, test } from 'bun:test'
import { createFillOwners } from '../../../conductor/archive/fill-owners.ts'
import { createArchiveStore } from '../../../conductor/archive/store.ts'
import { completeOwned } from '../../../conductor/owned/complete.ts'
import { createEmbeddedOwnedIndex } from '../../../conductor/owned/embedded.ts'
import type { OwnedIndex } from '../../../conductor/owned/port.ts'
import { createRedisOwnedIndex } from '../../../conductor/owned/redis.ts'
import { bucketOf } from '../../../shared/buckets.ts'
import { PassingError } from '../../../shared/errors.ts'
import { batchId } from '../../../shared/ids.ts'
import { openDatabase } from '../../../shared/store/sqlite.ts'
import { describeRedis, uniquePrefix } from '../../support/engines.ts'
import { silent } from '../../support/silent.ts'
import { redisForTests } from '../state/support.ts'
import { archived } from './support.ts'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

const TEACHER = { kind: 'user', id: 'teacher-1' } as const
const SCHOOL = { kind: 'org', id: 'school-1' } as const
const BATCHES = 1_203

/** An archive of more than a page of batches, all of one teacher. */
const anArchive = async () => {
  const archive = createArchiveStore({ url: 'sqlite://:memory:' })
  undo.push(() => archive.close())
  for (let n = 0; n < BATCHES; n++) await archive.put(archived(batchId(`}b\0-${n}`), { essays: 0 }))
  return archive
}

const counts = (owned: OwnedIndex) => Promise.all([owned.count(TEACHER), owned.count(SCHOOL)])

const contract = (create: () => OwnedIndex): void => {
  test('an index that began anew gets the batches that only the archive has, once', async () => {
    const archive = await anArchive()
    const owned = create()
    let read = 0
    const registrations: typeof archive.registrations = (...args) => {
      read += 1
      return archive.registrations(...args)
    }
    const owners = createFillOwners({ archive: { registrations }, owned, logger: silent })
    await owners.fill()
    expect(await counts(owned)).toEqual([BATCHES, BATCHES])
    expect(read).toBe(3)
    await owners.fill()
    await createFillOwners({ archive: { registrations }, owned, logger: silent }).fill()
    expect(read).toBe(3)
  })

  test('an archive that is away in the middle of it is asked again', async () => {
    const archive = await anArchive()
    const owned = create()
    let calls = 0
    const registrations: typeof archive.registrations = (...args) => {
      calls += 1
      return calls === 2 ? Promise.reject(new PassingError('postgres', 'away')) : archive.registrations(...args)
    }
    const owners = createFillOwners({ archive: { registrations }, owned, logger: silent })
    await expect(owners.fill()).rejects.toThrow('away')
    await owners.fill()
    expect(await counts(owned)).toEqual([BATCHES, BATCHES])
  })
}

describe('owners in SQLite', () => contract(() => createEmbeddedOwnedIndex(openDatabase(':memory:'))))

describeRedis('owners in Redis', (url) => {
  const open = (prefix: string) => {
    const redis = redisForTests(url)
    undo.push(() => redis.close())
    return { redis, owned: createRedisOwnedIndex({ redis, prefix }) }
  }
  contract(() => open(uniquePrefix()).owned)

  test('what is lost again while it is filled is filled once more', async () => {
    const archive = await anArchive()
    const prefix = uniquePrefix()
    const { redis, owned } = open(prefix)
    const lose = redis.define({ name: 'testLoseOwned', numberOfKeys: 2, lua: `return redis.call('DEL', unpack(KEYS))` })
    const tag = (owner: string) => `${prefix}{b${String(bucketOf(owner)).padStart(3, '0')}}`
    let pages = 0
    const registrations: typeof archive.registrations = async (...args) => {
      pages += 1
      if (pages === 2)
        for (const owner of ['user:teacher-1', 'org:school-1'])
          await lose([`${tag(owner)}:owned:${owner}`, `${tag(owner)}:owned-filled`], [])
      return archive.registrations(...args)
    }
    const owners = createFillOwners({ archive: { registrations }, owned, logger: silent })
    await owners.fill()
    expect((await counts(owned))[0]).toBeLessThan(BATCHES)
    await owners.fill()
    expect(await counts(owned)).toEqual([BATCHES, BATCHES])
  })
})

test('nobody is shown a part of an index that catches up', async () => {
  const index = createEmbeddedOwnedIndex(openDatabase(':memory:'))
  const asked: number[] = []
  const owned = (isComplete: boolean) =>
    completeOwned(index, async (bucket) => {
      asked.push(bucket)
      return isComplete
    })
  expect(await owned(true).count(TEACHER)).toBe(0)
  await expect(owned(false).count(TEACHER)).rejects.toThrow(PassingError)
  await expect(owned(false).list(TEACHER, { cursor: null, count: 1 })).rejects.toThrow('catching up')
  expect(new Set(asked)).toEqual(new Set([bucketOf('user:teacher-1')]))
})

import { expect, test } from 'bun:test'
import type { Owned, OwnedIndex, Owner } from '../../../conductor/owned/port.ts'
import { batchId } from '../../../shared/ids.ts'

const ADA: Owner = { kind: 'user', id: 'ada' }
const AT = 1_795_496_612_641_301
const owned = (n: number, owner: Owner = ADA): Owned => ({ owner, batchId: batchId(`}b|${n}`), registeredAt: AT + n })
const ids = (batches: readonly { readonly batchId: string }[]) => batches.map(({ batchId }) => batchId)

/** What both indexes of owners owe. */
export const ownedContract = (open: () => Promise<OwnedIndex>): void => {
  test('nobody has batches before the first one', async () => {
    const index = await open()
    expect(await index.list(ADA, { cursor: null, count: 10 })).toEqual({ batches: [], next: null })
    expect(await index.count(ADA)).toBe(0)
  })

  test('pages go from the newest to the oldest, each batch once, whatever its id holds', async () => {
    const index = await open()
    await index.add(Array.from({ length: 25 }, (_, n) => owned(n)))
    const seen: string[] = []
    let cursor: string | null = null
    let pages = 0
    do {
      const page = await index.list(ADA, { cursor, count: 10 })
      seen.push(...ids(page.batches))
      cursor = page.next
      pages += 1
    } while (cursor !== null)
    expect(seen).toEqual(Array.from({ length: 25 }, (_, n) => `}b|${24 - n}`))
    expect(pages).toBe(3)
  })

  test('a batch that comes while somebody pages shifts nothing', async () => {
    const index = await open()
    await index.add([owned(1), owned(2), owned(3)])
    const first = await index.list(ADA, { cursor: null, count: 2 })
    await index.add([owned(9)])
    const second = await index.list(ADA, { cursor: first.next, count: 2 })
    expect([ids(first.batches), ids(second.batches)]).toEqual([['}b|3', '}b|2'], ['}b|1']])
  })

  test('what is removed is gone, and only that', async () => {
    const index = await open()
    await index.add([owned(1), owned(2)])
    await index.remove([owned(1), owned(7), owned(2, { kind: 'org', id: 'ada' })])
    await index.remove([])
    expect(ids((await index.list(ADA, { cursor: null, count: 10 })).batches)).toEqual(['}b|2'])
  })

  test('what is to be filled from the archive is claimed by one at a time, until it is filled', async () => {
    const index = await open()
    const buckets = await index.claimUnfilled('one', 60_000)
    expect(buckets).toHaveLength(256)
    expect(await index.claimUnfilled('one', 60_000)).toEqual(buckets)
    await index.filled(buckets, 'one')
    expect(await index.claimUnfilled('one', 60_000)).toEqual([])
  })

  test('a repeat changes nothing, and owners do not share, also a user and an organisation of one name', async () => {
    const index = await open()
    const org: Owner = { kind: 'org', id: 'ada' }
    await index.add([owned(1), owned(1)])
    await index.add([owned(1), owned(2, org)])
    await index.add([])
    expect(await index.list(ADA, { cursor: null, count: 10 })).toEqual({
      batches: [{ batchId: owned(1).batchId, registeredAt: AT + 1 }],
      next: null,
    })
    expect([await index.count(ADA), await index.count(org)]).toEqual([1, 1])
  })
}

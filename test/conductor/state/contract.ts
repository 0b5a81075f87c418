import { beforeEach, describe, expect, test } from 'bun:test'
import {
  batchContent,
  batchRegistered,
  essayFailed,
  essayProvisioned,
  essayRefused,
  essaySucceeded,
  type Fact,
  runBook,
} from '../../../conductor/state/facts.ts'
import { bucketOf } from '../../../shared/buckets.ts'
import { batchId, essayId } from '../../../shared/ids.ts'
import { bookOf, changeOf, eventOf, GROUP, NOW, origin, registration, type TestStore } from './support.ts'

const B = batchId('batch-1')
const [E1, E2, E3] = [essayId('e1'), essayId('e2'), essayId('e3')]

/** What every batch store does, whichever engine keeps it. */
export const batchStoreContract = (name: string, create: () => TestStore): void =>
  describe(`${name} batch store`, () => {
    let at: TestStore
    beforeEach(() => {
      at = create()
    })

    const apply = async (...facts: readonly Fact[]) => {
      const [applied] = await at.store.apply([changeOf(B, eventOf(facts))])
      if (!applied) throw new Error('no answer')
      return applied
    }
    const read = () => at.store.read(B, { essays: 100, book: true })
    const tally = async () =>
      Object.fromEntries(
        (await read()).tally.map(({ signature, count }) => [
          [signature.refused ? '!' : '', ...[...signature.phases].map((entry) => entry.join(' '))].join(';'),
          count,
        ]),
      )
    const register = (...ids: readonly (typeof E1)[]) => batchRegistered(registration(), ids, origin(1))

    test('the revision can be read alone, 0 for an unknown batch', async () => {
      expect(await at.store.revision(B)).toBe('0')
      const { revision } = await apply(register(E1))
      expect(await at.store.revision(B)).toBe(revision)
    })

    test('an unknown batch reads as empty, at revision 0', async () => {
      expect(await read()).toMatchObject({ revision: '0', factsRevision: '0', registration: null, content: 'pending' })
      expect(await read()).toMatchObject({ tally: [], essays: [], book: null, reached: true })
    })

    test('a registration is read back as it was, with its essays in order', async () => {
      const odd = essayId('}x "å"\u0000')
      await apply(
        batchRegistered(registration({ classId: 'c', studentPromptRef: { references: {} } }), [E2, odd, E1], origin(1)),
      )
      const snapshot = await read()
      expect(snapshot.registration).toEqual(registration({ classId: 'c', studentPromptRef: { references: {} } }))
      expect(snapshot.essays.map(({ essayId: id }) => id)).toEqual([E2, odd, E1])
      expect(await tally()).toEqual({ '': 3 })
    })

    const namedOf = async (count: number) =>
      Object.fromEntries(
        (await at.store.read(B, { named: count })).named.map(({ signature, essayIds }) => [
          [signature.refused ? '!' : '', ...[...signature.phases].map((entry) => entry.join(' '))].join(';'),
          essayIds,
        ]),
      )

    test('some essays of each signature can be read, whichever these were before', async () => {
      expect(await namedOf(2)).toEqual({})
      await apply(essaySucceeded(E3, 'nlp', origin(2), null))
      expect(await namedOf(2)).toEqual({})
      await apply(register(E3, E2, E1))
      expect(await namedOf(2)).toEqual({ '': [E1, E2], ';nlp succeeded': [E3] })
      expect((await read()).named).toEqual([])
      await apply(essaySucceeded(E1, 'nlp', origin(3), null), essayRefused(E2, origin(3), 'refused'))
      expect(await namedOf(2)).toEqual({ '!': [E2], ';nlp succeeded': [E1, E3] })
      // An earlier registration stands, and has fewer essays.
      await apply(batchRegistered(registration(), [E2, E3], origin(0)))
      expect(await namedOf(1)).toEqual({ '!': [E2], ';nlp succeeded': [E3] })
    })

    test('ten essays among 50,000 are named', async () => {
      const many = Array.from({ length: 50_000 }, (_, n) => essayId(`e${n}`))
      const few = many.filter((_, n) => n % 5_000 === 4_999)
      const others = new Set<string>(few)
      await apply(
        register(...many),
        ...many.filter((id) => !others.has(id)).map((id) => essaySucceeded(id, 'nlp', origin(2), null)),
      )
      const named = await namedOf(100)
      expect(named['']).toEqual(few.toSorted())
      expect(named[';nlp succeeded']).toHaveLength(100)
    })

    test('an essay that is registered twice counts once', async () => {
      await apply(register(E1, E2, E1))
      expect(await tally()).toEqual({ '': 2 })
    })

    test('an empty essay id is an essay like any other', async () => {
      await apply(register(essayId('')), essaySucceeded(essayId(''), 'spellcheck', origin(2), null))
      expect(await tally()).toEqual({ ';spellcheck succeeded': 1 })
    })

    test('facts about a batch that is not registered yet count once it is', async () => {
      await apply(essaySucceeded(E1, 'nlp', origin(2), null), essayFailed(E3, 'nlp', origin(2), {}))
      expect(await tally()).toEqual({})
      await apply(register(E1, E2))
      expect(await tally()).toEqual({ ';nlp succeeded': 1, '': 1 })
    })

    test('a failure that a batch outcome lists is settled, one that only the essay reported is not', async () => {
      await apply(register(E1, E2))
      await apply(essayFailed(E1, 'nlp', origin(2), { listed: true }), essayFailed(E2, 'nlp', origin(2), {}))
      expect(await tally()).toEqual({ ';nlp failed_settled': 1, ';nlp failed_unsettled': 1 })
    })

    test('success outranks a later failure, which is counted as outranked', async () => {
      await apply(register(E1), essaySucceeded(E1, 'nlp', origin(5), null))
      const { results, changed } = await apply(essayFailed(E1, 'nlp', origin(9), {}))
      expect({ results, changed }).toEqual({ results: [{ outranked: 1 }], changed: false })
      expect(await tally()).toEqual({ ';nlp succeeded': 1 })
    })

    test('among equals the later event wins, and what is late is counted', async () => {
      await apply(register(E1), essayFailed(E1, 'nlp', origin(9), { errorCode: 'NEW' }))
      const { results } = await apply(essayFailed(E1, 'nlp', origin(5), { errorCode: 'OLD' }))
      expect(results).toEqual([{ late: 1 }])
      expect((await read()).essays[0]?.phases.get('nlp')).toEqual({ outcome: 'failed', errorCode: 'NEW', at: 9 })
    })

    test('at the same time the larger event id wins, in either order', async () => {
      const twins = [origin(5, 1), origin(5, 2)].toSorted((a, b) => (a.eventId < b.eventId ? -1 : 1))
      const facts = twins.map((from, n) => essayFailed(E1, 'nlp', from, { errorCode: n === 1 ? 'LARGER' : 'SMALLER' }))
      await apply(register(E1), ...facts)
      expect((await read()).essays[0]?.phases.get('nlp')?.errorCode).toBe('LARGER')
      at = create()
      await apply(register(E1), ...facts.toReversed())
      expect((await read()).essays[0]?.phases.get('nlp')?.errorCode).toBe('LARGER')
    })

    test('a later failure without an error code keeps the code that is known', async () => {
      await apply(register(E1), essayFailed(E1, 'nlp', origin(5), { errorCode: 'BROKEN' }))
      await apply(essayFailed(E1, 'nlp', origin(9), { listed: true }))
      expect((await read()).essays[0]?.phases.get('nlp')).toEqual({ outcome: 'failed', errorCode: 'BROKEN', at: 9 })
    })

    test('a text that a phase produced outranks one that came with the content, whenever they come', async () => {
      await apply(register(E1), essaySucceeded(E1, 'spellcheck', origin(2), 'corrected'))
      await apply(essayProvisioned(E1, origin(9), 'original'))
      expect((await read()).essays[0]?.text).toBe('corrected')
      await apply(essaySucceeded(E1, 'spellcheck', origin(10), null))
      expect((await read()).essays[0]?.text).toBe('corrected')
    })

    test('content validation refuses an essay until its content comes after all', async () => {
      await apply(register(E1), essayRefused(E1, origin(2), 'EMPTY'))
      expect((await read()).essays[0]?.refused).toBe('EMPTY')
      expect(await tally()).toEqual({ '!': 1 })
      await apply(essayProvisioned(E1, origin(3), 'text'))
      expect((await read()).essays[0]).toMatchObject({ refused: null, text: 'text' })
      expect(await tally()).toEqual({ '': 1 })
    })

    test.each([
      ['provisioned', null, 'ready'],
      ['provisioned', 'class-1', 'pending'],
      ['ready', 'class-1', 'ready'],
      ['failed', null, 'failed'],
    ] as const)('content %s of a batch of class %p is %s', async (news, classId, expected) => {
      await apply(batchContent(news, origin(2)), batchRegistered(registration({ classId }), [E1], origin(1)))
      expect((await read()).content).toBe(expected)
    })

    test('content that is ready stays ready when a failure is told as well', async () => {
      await apply(register(E1), batchContent('failed', origin(9)), batchContent('ready', origin(2)))
      expect((await read()).content).toBe('ready')
    })

    test('of two registrations the earlier one stands, and the tally follows it', async () => {
      const later = batchRegistered(registration({ userId: 'other' }), [E2, E3], origin(7))
      await apply(later, essaySucceeded(E1, 'nlp', origin(8), null), essaySucceeded(E3, 'nlp', origin(8), null))
      expect(await tally()).toEqual({ '': 1, ';nlp succeeded': 1 })
      await apply(register(E1, E2))
      expect((await apply(later)).results).toEqual([{ older_registration: 1 }])
      expect((await read()).registration?.userId).toBe('teacher-1')
      expect((await read()).essays.map(({ essayId: id }) => id)).toEqual([E1, E2])
      expect(await tally()).toEqual({ '': 1, ';nlp succeeded': 1 })
    })

    test('an older or repeated run book is ignored; revisions of more than 14 digits stay exact', async () => {
      await apply(runBook(bookOf(B, '1795496612641302', { content: 'pending' })))
      const { results } = await apply(runBook(bookOf(B, '1795496612641301')), runBook(bookOf(B, '1795496612641302')))
      expect(results).toEqual([{ older_book: 1, repeated: 1 }])
      expect((await read()).book).toEqual(bookOf(B, '1795496612641302', { content: 'pending' }))
    })

    test('a run book moves the revision but not the revision that plans rest on', async () => {
      const before = await apply(register(E1))
      at.clock.now += 10
      const { revision, factsRevision } = await apply(runBook(bookOf(B, '5')))
      expect({ revision, factsRevision }).toEqual({ revision: String(NOW + 10), factsRevision: before.revision })
    })

    test('the revision is the clock, and one more where the clock has not moved on', async () => {
      expect((await apply(register(E1))).revision).toBe(String(NOW))
      expect((await apply(essaySucceeded(E1, 'nlp', origin(2), null))).revision).toBe(String(NOW + 1))
      at.clock.now -= 5_000_000
      expect((await apply(essaySucceeded(E1, 'nlp', origin(3), null))).revision).toBe(String(NOW + 2))
    })

    test('a repeat changes nothing, not even the revision', async () => {
      const facts = [register(E1), essayFailed(E1, 'nlp', origin(2), { listed: true }), runBook(bookOf(B, '5'))]
      await apply(...facts)
      const before = await read()
      at.clock.now += 10
      const { changed, results } = await apply(...facts)
      expect({ changed, results }).toEqual({ changed: false, results: [{ repeated: 3 }] })
      expect(await read()).toEqual(before)
    })

    test('events of one call are counted one by one, also those that say nothing', async () => {
      const [applied] = await at.store.apply([
        changeOf(B, eventOf([register(E1)], 0), eventOf([], 1), eventOf([register(E1)], 2)),
      ])
      expect(applied?.results).toEqual([{ applied: 1 }, {}, { repeated: 1 }])
    })

    test('batches of one call stay apart and are answered in order', async () => {
      const other = batchId('}x')
      const applied = await at.store.apply([
        changeOf(other, eventOf([batchRegistered(registration({ userId: 'u2' }), [E1], origin(1))])),
        changeOf(B, eventOf([register(E1, E2)])),
      ])
      expect(applied.map(({ batchId: id }) => id)).toEqual([other, B])
      expect((await at.store.read(other, {})).registration?.userId).toBe('u2')
      expect(await tally()).toEqual({ '': 2 })
    })

    test('a position is reached once it, or a later one of its partition, was applied', async () => {
      const reached = async (offset: number, partition = 'outcomes|0') =>
        (await at.store.read(B, { after: [{ partition, offset }] })).reached
      expect(await reached(5)).toBe(false)
      await at.store.apply([changeOf(B, eventOf([], 7), eventOf([], 5))])
      expect([await reached(5), await reached(7), await reached(8), await reached(5, 'outcomes|1')]).toEqual([
        true,
        true,
        false,
        false,
      ])
    })

    test('a position is reached as well when the bucket is applied beyond it', async () => {
      const move = { field: `${GROUP}|outcomes|3`, expected: null, next: 10 }
      await at.markers.advance([{ bucket: bucketOf(B), moves: [move] }])
      const after = (offset: number) => ({ after: [{ partition: 'outcomes|3', offset }] })
      expect((await at.store.read(B, after(9))).reached).toBe(true)
      expect((await at.store.read(B, after(10))).reached).toBe(false)
    })

    test('while its bucket is incomplete a batch is read by nobody, and what is said about it is kept', async () => {
      await apply(register(E1))
      const { factsRevision } = await read()
      const move = { field: 'opened', expected: 0, next: 0, writes: 0 }
      const keep = (caughtUp: boolean) =>
        at.markers.keep(GROUP, [{ bucket: bucketOf(B), moves: [{ ...move, caughtUp }], required: ['opened'] }])
      await keep(false)
      await apply(essaySucceeded(E1, 'nlp', origin(2), null))
      const essays = () => at.store.essays(B, { factsRevision, first: 0, count: 10 })
      for (const refused of [read, essays, () => at.store.revision(B)])
        await expect<Promise<unknown>>(refused()).rejects.toMatchObject({ name: 'PassingError', source: 'catching_up' })
      await keep(true)
      expect(await tally()).toEqual({ ';nlp succeeded': 1 })
    })

    test('pages cover every registered essay once, and end', async () => {
      const ids = Array.from({ length: 25 }, (_, n) => essayId(`e${n}`))
      const { factsRevision } = await apply(register(...ids))
      const seen: string[] = []
      for (let first: number | null = 0; first !== null; ) {
        const page = await at.store.essays(B, { factsRevision, first, count: 10 })
        if (page.moved) throw new Error('moved')
        seen.push(...page.essays.map(({ essayId: id }) => id))
        first = page.next
      }
      expect(seen).toEqual([...ids])
    })

    test('a page of a revision that has passed is refused with the one that stands', async () => {
      const { factsRevision } = await apply(register(E1))
      const { factsRevision: now } = await apply(essaySucceeded(E1, 'nlp', origin(2), null))
      expect(await at.store.essays(B, { factsRevision, first: 0, count: 10 })).toEqual({
        moved: true,
        factsRevision: now,
      })
    })

    test('a batch of 20,000 essays is registered and worked on in single calls', async () => {
      const ids = Array.from({ length: 20_000 }, (_, n) => essayId(`e${n}`))
      await apply(register(...ids))
      await apply(...ids.map((id) => essaySucceeded(id, 'nlp', origin(2), null)))
      expect(await tally()).toEqual({ ';nlp succeeded': 20_000 })
    })
  })

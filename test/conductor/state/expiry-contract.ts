import { beforeEach, describe, expect, test } from 'bun:test'
import { batchRegistered, essaySucceeded, type Fact, runBook } from '../../../conductor/state/facts.ts'
import { batchId, essayId } from '../../../shared/ids.ts'
import { until } from '../../support/until.ts'
import { bookOf, changeOf, eventOf, origin, registration, type TestStore } from './support.ts'

const B = batchId('}x')
const E1 = essayId('e1')
const HOUR = 3_600_000

/** When state goes, and what is to be archived, whichever engine keeps it. */
export const expiryContract = (name: string, create: () => TestStore): void =>
  describe(`the expiry of a ${name} batch store`, () => {
    let at: TestStore
    beforeEach(() => {
      at = create()
    })
    const later = (ms: number): void => {
      at.clock.now += ms * 1_000
    }
    const apply = async (...facts: readonly Fact[]) => {
      const [applied] = await at.store.apply([changeOf(B, eventOf(facts))])
      if (!applied) throw new Error('no answer')
      return applied
    }
    const register = batchRegistered(registration(), [E1], origin(1))
    const nlp = essaySucceeded(E1, 'nlp', origin(2), null)
    const read = () => at.store.read(B, { essays: 10, book: true })
    const isGone = async () => (await at.store.revision(B)) === '0'
    const due = (quietMs = 0) => at.store.unsettled({ quietMs, leaseMs: HOUR, limit: 10 })
    const settled = { archived: true, expiresMs: null }

    test('state that is settled goes so long after its last change, all of it, and then the batch is unknown', async () => {
      const empty = await read()
      const { revision } = await apply(register, nlp, runBook(bookOf(B, '5')))
      later(HOUR)
      expect(await at.store.settle(B, { revision, archived: true, expiresMs: HOUR + 60_000 })).toBe(true)
      expect(await read()).toMatchObject({ revision, archived: revision })
      // A real Redis goes by its own clock from here.
      await at.store.settle(B, { revision, archived: true, expiresMs: HOUR + 60 })
      later(61)
      await until(isGone, { timeoutMs: 5_000, what: 'the state to go' })
      expect(await read()).toEqual(empty)
      // Nothing of it is left that what comes later could be mixed up with.
      await apply(nlp)
      expect(await read()).toMatchObject({ registration: null, book: null, tally: [], archived: null })
    })

    test('an expiry that has passed when the batch is settled takes it at once', async () => {
      const { revision } = await apply(register)
      later(2 * HOUR)
      expect(await at.store.settle(B, { revision, archived: true, expiresMs: HOUR })).toBe(true)
      expect(await isGone()).toBe(true)
    })

    test('a batch that has changed since is not settled', async () => {
      const { revision } = await apply(register)
      await apply(nlp)
      later(2 * HOUR)
      expect(await at.store.settle(B, { revision, archived: true, expiresMs: HOUR })).toBe(false)
      expect(await read()).toMatchObject({ archived: null, essays: [{ essayId: E1 }] })
      expect(await due()).toEqual([B])
    })

    test('any later change takes the expiry away, and only a change does', async () => {
      const { revision } = await apply(register)
      await at.store.settle(B, { revision, archived: true, expiresMs: 2_000 })
      await apply(nlp)
      later(2_100)
      // A witness that is settled alike and does not change shows that the time has passed.
      const witness = batchId('witness')
      const [applied] = await at.store.apply([changeOf(witness, eventOf([register]))])
      await at.store.settle(witness, { revision: applied?.revision ?? '', archived: true, expiresMs: 2_000 })
      await at.store.apply([changeOf(witness, eventOf([register], 1))])
      later(2_001)
      const isWitnessGone = async () => (await at.store.revision(witness)) === '0'
      await until(isWitnessGone, { timeoutMs: 10_000, what: 'the other batch to go' })
      expect(await read()).toMatchObject({ archived: revision, essays: [{ essayId: E1 }] })
    })

    test('what the archive has raises the revision beyond its own', async () => {
      const archived = String(at.clock.now + 5_000_000)
      const { revision } = await apply({ kind: 'archived', revision: archived }, register)
      expect(revision).toBe(String(at.clock.now + 5_000_001))
      expect((await read()).archived).toBe(archived)
    })

    test('a change is to be archived once it has rested, until it is settled', async () => {
      await apply(register)
      expect(await due(1_000)).toEqual([])
      later(1_000)
      const { revision } = await apply(nlp)
      expect(await due(1_000)).toEqual([B])
      // Claimed: nobody else gets it, until the claim is over.
      expect(await due(1_000)).toEqual([])
      later(HOUR)
      expect(await due(1_000)).toEqual([B])
      await at.store.settle(B, { revision, ...settled })
      later(HOUR)
      expect(await due()).toEqual([])
      await apply(register, nlp)
      expect(await due()).toEqual([])
    })

    test('the oldest changes are claimed first, so many of them', async () => {
      // Of one bucket, so that the limit is the same for both engines.
      await apply(register)
      later(5)
      expect(await at.store.unsettled({ quietMs: 6, leaseMs: HOUR, limit: 1 })).toEqual([])
      expect(await at.store.unsettled({ quietMs: 5, leaseMs: HOUR, limit: 1 })).toEqual([B])
    })

    test('a batch of which nothing is known is settled as what it is', async () => {
      expect(await at.store.settle(B, { revision: '0', ...settled })).toBe(true)
      expect(await read()).toMatchObject({ revision: '0', archived: null })
    })
  })

import { beforeEach, describe, expect, test } from 'bun:test'
import type { MarkerStore } from '../../../../shared/store/marker/port.ts'

/** What every marker store does. */
export const markerContract = (name: string, create: () => MarkerStore): void =>
  describe(`${name} markers`, () => {
    let markers: MarkerStore
    beforeEach(() => {
      markers = create()
    })
    const move = (field: string, expected: number | null, next: number) => ({ field, expected, next })
    const read = async (bucket: number) => Object.fromEntries((await markers.read([bucket]))[0] ?? [])

    test('a bucket without a marker reads as empty', async () => {
      expect(await read(7)).toEqual({})
    })

    test('fields move from where they are expected, each bucket for itself', async () => {
      expect(await markers.advance([{ bucket: 7, moves: [move('g|t|0', null, 5), move('g|t|1', null, 0)] }])).toEqual(
        [],
      )
      expect(
        await markers.advance([
          { bucket: 7, moves: [move('g|t|0', 5, 9)] },
          { bucket: 8, moves: [move('g|t|0', null, 9)] },
        ]),
      ).toEqual([])
      expect([await read(7), await read(8)]).toEqual([{ 'g|t|0': 9, 'g|t|1': 0 }, { 'g|t|0': 9 }])
    })

    test('a field that stands elsewhere stays there and is reported, while the others move', async () => {
      await markers.advance([{ bucket: 7, moves: [move('a', null, 5), move('b', null, 5)] }])
      const moves = [move('a', 4, 6), move('b', 5, 6), move('c', 3, 6)]
      expect(await markers.advance([{ bucket: 7, moves }])).toEqual([
        { bucket: 7, field: 'a', found: 5 },
        { bucket: 7, field: 'c', found: null },
      ])
      expect(await read(7)).toEqual({ a: 5, b: 6 })
    })

    test('a field that should not stand anywhere yet is not overwritten', async () => {
      await markers.advance([{ bucket: 7, moves: [move('a', null, 5)] }])
      expect(await markers.advance([{ bucket: 7, moves: [move('a', null, 9)] }])).toEqual([
        { bucket: 7, field: 'a', found: 5 },
      ])
    })

    test('offsets of more than 14 digits stay exact', async () => {
      await markers.advance([{ bucket: 7, moves: [move('a', null, 9_007_199_254_740_991)] }])
      expect(await read(7)).toEqual({ a: 9_007_199_254_740_991 })
    })

    test('nothing to move is nothing done', async () => {
      expect(await markers.advance([{ bucket: 7, moves: [] }])).toEqual([])
    })

    const kept = (field: string, expected: number | null, next: number, more = {}) => ({
      ...move(field, expected, next),
      writes: 0,
      caughtUp: true,
      ...more,
    })
    const keep = async (moves: readonly ReturnType<typeof kept>[], required?: readonly string[]) =>
      (await markers.keep('g', [{ bucket: 7, moves, required }]))[0]

    test('a bucket becomes complete when every field that is required has caught up', async () => {
      expect(await keep([kept('a', null, 5)], ['a', 'b'])).toEqual({
        bucket: 7,
        sealed: true,
        complete: false,
        misses: [],
      })
      expect(await markers.isComplete('g', 7)).toBe(false)
      expect(await keep([kept('b', null, 5, { caughtUp: false })], ['a', 'b'])).toMatchObject({ complete: false })
      expect(await keep([kept('b', 5, 9)])).toMatchObject({ complete: false })
      expect(await keep([], ['a', 'b'])).toMatchObject({ complete: true })
      expect([await markers.isComplete('g', 7), await markers.isComplete('other', 7)]).toEqual([true, false])
      expect([(await read(7))['a'], (await read(7))['b']]).toEqual([5, 9])
    })

    test('a field that stands further back than expected was lost: the bucket is incomplete until all have looked', async () => {
      await keep([kept('a', null, 5), kept('b', null, 5)], ['a', 'b'])
      expect(await keep([kept('a', 9, 12)])).toEqual({
        bucket: 7,
        sealed: true,
        complete: false,
        misses: [{ field: 'a', found: 5, lost: true }],
      })
      expect(await keep([kept('a', 5, 9)], ['a', 'b'])).toMatchObject({ complete: false })
      expect(await keep([kept('b', 5, 5)], ['a', 'b'])).toMatchObject({ complete: true })
    })

    test('a field that is gone was lost; one that stands further on was not', async () => {
      await keep([kept('a', null, 5)], ['a'])
      expect((await keep([kept('a', 4, 9), kept('b', 3, 9)]))?.misses).toEqual([
        { field: 'a', found: 5, lost: false },
        { field: 'b', found: null, lost: true },
      ])
    })

    test('while a field catches up the bucket is incomplete', async () => {
      await keep([kept('a', null, 5)], ['a'])
      expect(await keep([kept('a', 5, 6, { caughtUp: false })])).toMatchObject({ complete: false, misses: [] })
      expect(await keep([kept('a', 6, 7)], ['a'])).toMatchObject({ complete: true })
    })

    const sealed = async (
      expected: number | null,
      next: number,
      moves: readonly ReturnType<typeof kept>[] = [],
      more: { readonly drop?: readonly string[]; readonly required?: readonly string[] } = {},
    ) => (await markers.keep('g', [{ bucket: 7, seal: { field: 'seal', expected, next }, moves, ...more }]))[0]
    const refused = { bucket: 7, sealed: false, complete: false, misses: [] }

    test('while the seal stands there is nothing to look at but what changed', async () => {
      expect(await sealed(null, 1, [kept('a', null, 5)], { required: ['a'] })).toMatchObject({ complete: true })
      expect(await sealed(1, 2)).toEqual({ bucket: 7, sealed: true, complete: true, misses: [] })
      // Nothing changed, and so the seal stays.
      expect(await sealed(1, 3, [kept('a', 5, 6)])).toMatchObject({ sealed: true, complete: true })
      expect(await read(7)).toMatchObject({ seal: 3, a: 6 })
    })

    test('where another seal stands, or none, nothing is done', async () => {
      await sealed(null, 4, [kept('a', null, 5)], { required: ['a'] })
      for (const expected of [3, 5]) expect(await sealed(expected, 9, [kept('a', 5, 6)])).toEqual(refused)
      await sealed(null, 6, [], { drop: ['seal', 'none'] })
      await markers.keep('g', [{ bucket: 7, drop: ['seal'], moves: [] }])
      expect(await sealed(6, 9, [kept('a', 5, 6)])).toEqual(refused)
      expect(await read(7)).toMatchObject({ a: 5 })
    })
  })

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
  })

import { expect, test } from 'bun:test'
import { pauseBetweenLooks } from '../../../../shared/store/marker/pause.ts'

const everyMs = 1_000

test('while all is well a look comes at its time, however long the last one took', () => {
  for (const tookMs of [0, 50, 5_000]) expect(pauseBetweenLooks({ everyMs, isBusy: false, tookMs })).toBe(1_000)
})

test('while something catches up looks come ten times as often, but take no more than a tenth of the time', () => {
  const pause = (tookMs: number) => pauseBetweenLooks({ everyMs, isBusy: true, tookMs })
  expect(pause(0)).toBe(100)
  expect(pause(10)).toBe(100)
  expect(pause(50)).toBe(450)
})

test('a look is never further off than while all is well', () => {
  expect(pauseBetweenLooks({ everyMs, isBusy: true, tookMs: 60_000 })).toBe(1_000)
})

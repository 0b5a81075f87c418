import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { createRecords } from '../../../../shared/log/embedded/records.ts'
import { createTables } from '../../../../shared/log/embedded/tables.ts'

const open = () => {
  const db = new Database(':memory:')
  createTables(db)
  const records = createRecords(db)
  const topic = { partitions: 1, retentionMs: 1_000, maxMessageBytes: 1_000 }
  records.define([
    { ...topic, name: 'events' },
    { ...topic, name: 'books', compacted: true },
  ])
  const append = (name: string, keys: readonly (string | null)[], now = 0) =>
    records.append(
      keys.map((key) => ({ topic: name, key, value: 'x', headers: {} })),
      now,
    )
  const left = (name: string) =>
    records.read(name, 0, 0, 100_000).map(({ key, offset }) => `${key && new TextDecoder().decode(key)}@${offset}`)
  return { records, append, left }
}

test('of a compacted topic the last record of each key stays, and those without one', () => {
  const { records, append, left } = open()
  append('books', ['a', 'b', null, 'a', 'c', 'a', null])
  expect(records.expire(1_000_000, 1)).toBe(1)
  expect(records.expire(1_000_000, 100)).toBe(1)
  expect(left('books')).toEqual(['b@1', 'null@2', 'c@4', 'a@5', 'null@6'])
})

test('of any other topic what is older than its retention goes, whatever its key', () => {
  const { records, append, left } = open()
  append('events', ['a', 'a'])
  append('events', ['a', 'b'], 500)
  expect(records.expire(1_400, 100)).toBe(2)
  expect(left('events')).toEqual(['a@2', 'b@3'])
})

// Each record was held against all later ones of its partition, also where nothing is compacted: this took a minute, in which a process does nothing else.
test('many records of many keys are looked through once', () => {
  const { records, append, left } = open()
  const keys = Array.from({ length: 20_000 }, (_, n) => `essay-${n}`)
  append('events', keys)
  append('books', [...keys, ...keys])
  expect(records.expire(500, 100_000)).toBe(20_000)
  expect([left('events').length, left('books').length]).toEqual([20_000, 20_000])
})

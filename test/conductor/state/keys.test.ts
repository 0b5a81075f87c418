import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { batchKeys, batchNames, ownedKey, ownerNames } from '../../../conductor/state/keys.ts'
import { bucketOf, bucketTag } from '../../../shared/buckets.ts'
import { batchId } from '../../../shared/ids.ts'

/** What Redis Cluster hashes of a key: what stands between the first `{` and the next `}`, if that is not empty. */
const hashed = (key: string): string => /\{([^}]+)\}/.exec(key)?.[1] ?? key

test('all keys of a batch, and its marker, lie in the slot of its bucket, whatever its id is', () => {
  const ids = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('}x', '{}', '{b000}', ':', ''))
  const property = fc.property(ids, (text) => {
    const slots = new Set(Object.values(batchKeys('prefix:', batchId(text))).map(hashed))
    expect([...slots]).toEqual([bucketTag(bucketOf(text)).slice(1, -1)])
  })
  fc.assert(property)
})

test('no two batches share a key', () => {
  const property = fc.property(fc.string(), fc.string(), (a, b) => {
    fc.pre(a !== b)
    const { marker: _a, unarchived: _ua, ...ofA } = batchKeys('', batchId(a))
    const { marker: _b, unarchived: _ub, ...ofB } = batchKeys('', batchId(b))
    expect(Object.values(ofA).filter((key) => Object.values(ofB).includes(key))).toEqual([])
  })
  fc.assert(property)
})

test('the names that a tool finds are read back, whatever the prefix and the id hold', () => {
  for (const prefix of ['', 'a*[b]?\\:', 'facts:meta:'])
    for (const id of ['plain', '}x', '{b001}:facts:meta:y', '', 'line\nbreak'].map(batchId)) {
      const { pattern, nameIn } = batchNames(prefix)
      expect(nameIn(batchKeys(prefix, id).meta)).toBe(id)
      expect(nameIn(batchKeys(prefix, id).essays)).toBeUndefined()
      expect(pattern.endsWith('{b*}:facts:meta:*')).toBe(true)
      expect(ownerNames(prefix).nameIn(ownedKey(prefix, `user:${id}`))).toBe(`user:${id}`)
    }
  expect(batchNames('a*').pattern.startsWith('a\\*{')).toBe(true)
})

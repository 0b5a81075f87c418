/** FNV-1a, 32 bits: spreads keys well, and is the same in every process. */
const hash = (bytes: Uint8Array): number => {
  let value = 0x811c9dc5
  for (const byte of bytes) value = Math.imul(value ^ byte, 0x01000193)
  return value >>> 0
}

/** The partition of a key; no key spreads at random. */
export const partitionOf = (key: Uint8Array | null, partitions: number): number =>
  (key === null ? Math.floor(Math.random() * 0xffffffff) : hash(key)) % partitions

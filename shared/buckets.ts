/** Every batch belongs to one of these (design section 3). Fixed: changing it moves every key. */
export const BUCKETS = 256

const UTF8 = new TextEncoder()

/** What each byte comes to by itself: every event and every request needs several, and bit by bit it took a hundredth of them. */
const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1
  return crc
})

const next = (crc: number, byte: number): number => ((crc << 8) & 0xffff) ^ (TABLE[(crc >> 8) ^ byte] ?? 0)

/** CRC-16/XMODEM over UTF-8, the checksum that Redis Cluster uses for its slots. */
const crc16 = (text: string): number => {
  let crc = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    // Nearly all ids are ASCII, of which each sign is its own byte.
    if (code > 0x7f) return UTF8.encode(text).reduce(next, 0)
    crc = next(crc, code)
  }
  return crc
}

/** The bucket of a batch: 0 to 255. */
export const bucketOf = (batchId: string): number => crc16(batchId) % BUCKETS

/**
 * The hash tag of a bucket, `{b007}`. Tags are ours and never hold an id: an id such as `}x` would make an empty tag and
 * scatter the keys of one batch over a Cluster.
 */
export const bucketTag = (bucket: number): string => TAGS[bucket] ?? tagOf(bucket)

const tagOf = (bucket: number): string => `{b${String(bucket).padStart(3, '0')}}`
const TAGS = Array.from({ length: BUCKETS }, (_, bucket) => tagOf(bucket))

/** Every batch belongs to one of these (design section 3). Fixed: changing it moves every key. */
export const BUCKETS = 256

/** CRC-16/XMODEM over UTF-8, the checksum that Redis Cluster uses for its slots. */
const crc16 = (text: string): number => {
  let crc = 0
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff
  }
  return crc
}

/** The bucket of a batch: 0 to 255. */
export const bucketOf = (batchId: string): number => crc16(batchId) % BUCKETS

/**
 * The hash tag of a bucket, `{b007}`. Tags are ours and never hold an id: an id such as `}x` would make an empty tag and
 * scatter the keys of one batch over a Cluster.
 */
export const bucketTag = (bucket: number): string => `{b${String(bucket).padStart(3, '0')}}`

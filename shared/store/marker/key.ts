import { bucketTag } from '../../buckets.ts'
import type { Position } from '../../log/port.ts'

/** The Redis key of a bucket's marker. */
export const markerKey = (prefix: string, bucket: number): string => `${prefix}${bucketTag(bucket)}:marker`

/** A partition as one text: `topic|partition`. */
export const partitionName = ({ topic, partition }: Omit<Position, 'offset'>): string => `${topic}|${partition}`

/** The field of a marker that says how far a group has applied a partition: `group|topic|partition`. */
export const markerField = (group: string, partition: string): string => `${group}|${partition}`

/** The field that counts a group's writes into the bucket, those of one partition's records: `writes|group|topic|partition`. */
export const writesField = (field: string): string => `writes|${field}`

/** The field that stands while the bucket has all that a group has applied: `complete|group`. */
export const completeField = (group: string): string => `complete|${group}`

/** The field in which a member leaves its seal: `seal|group|member`. */
export const sealField = (group: string, member: string): string => `seal|${group}|${member}`

/** The Redis key of the set of a group's fields that have caught up since the bucket was last incomplete. */
export const caughtUpKey = (prefix: string, bucket: number, group: string): string =>
  `${markerKey(prefix, bucket)}:caught-up:${group}`

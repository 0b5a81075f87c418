import { bucketTag } from '../../buckets.ts'
import type { Position } from '../../log/port.ts'

/** The Redis key of a bucket's marker. */
export const markerKey = (prefix: string, bucket: number): string => `${prefix}${bucketTag(bucket)}:marker`

/** A partition as one text: `topic|partition`. */
export const partitionName = ({ topic, partition }: Omit<Position, 'offset'>): string => `${topic}|${partition}`

/** The field of a marker that says how far a group has applied a partition: `group|topic|partition`. */
export const markerField = (group: string, partition: string): string => `${group}|${partition}`

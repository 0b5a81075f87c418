import { expect, test } from 'bun:test'
import { dlqOf, TOPICS } from '../../../shared/contracts/topics.ts'
import { maxMessageBytesFor, topicSpecsOf } from '../../../shared/log/topic-specs.ts'

const DAY = 86_400_000
const specs = topicSpecsOf({ TOPIC_PARTITIONS: 6, STATE_EXPIRY_DAYS: 30, MAX_BATCH_ESSAYS: 5_000 })
const specOf = (name: string) => specs.find((spec) => spec.name === name)

test('every topic of the wire has one for its dead letters, which takes twice the bytes', () => {
  for (const topic of Object.values(TOPICS)) {
    const [own, letters] = [specOf(topic), specOf(dlqOf(topic))]
    expect(letters?.maxMessageBytes).toBe(2 * (own?.maxMessageBytes ?? 0))
  }
})

test('the log outlives the state that is rebuilt from it by seven days', () => {
  expect(specOf(TOPICS.phaseOutcome)).toMatchObject({ partitions: 6, retentionMs: 37 * DAY, compacted: false })
})

test('run books are kept for ever', () => {
  expect(specOf(TOPICS.runChanged)?.compacted).toBe(true)
})

test('pauses of phases are kept for ever too, in one partition: their offsets tell which is newer', () => {
  expect(specOf(TOPICS.phasePauseChanged)).toMatchObject({ compacted: true, partitions: 1 })
})

test("a message may name every essay of the largest batch, and is never held below Kafka's own limit", () => {
  expect(maxMessageBytesFor(5_000)).toBe(3_000_000)
  expect(maxMessageBytesFor(1)).toBe(1_048_588)
})

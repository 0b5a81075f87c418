import { z } from 'zod'
import { envelopeOf } from './envelope.ts'
import { eventTypeOf, MODELS } from './registry.ts'
import { COMPACTED_TOPICS, dlqOf, keyOf, TOPICS, type Topic } from './topics.ts'

export interface AsyncApiOptions {
  readonly version: string
  /** What the service that serves the document reads. */
  readonly receives: readonly string[]
}

/** What every message of ours has beside its value. */
const HEADERS = {
  type: 'object',
  properties: {
    event_id: { type: 'string', format: 'uuid' },
    event_type: { type: 'string' },
    trace_id: { type: 'string', format: 'uuid', description: 'the correlation id' },
    source_service: { type: 'string' },
    traceparent: { type: 'string', description: 'W3C trace context' },
  },
}

const payloadOf = (topic: Topic): object => {
  const { $schema: _, ...schema } = z.toJSONSchema(envelopeOf(MODELS[topic]), {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
  })
  return schema
}

/**
 * The log as an AsyncAPI document, made of the very schemas that messages are read by: a channel for each topic, with the
 * envelope and its data. What is described is what a reader accepts; ours send every optional field.
 */
export const asyncApiDocument = ({ version, receives }: AsyncApiOptions): object => {
  const topics = Object.entries(TOPICS)
  const channels = topics.map(([name, topic]) => [
    name,
    {
      address: topic,
      description: COMPACTED_TOPICS.has(topic)
        ? 'Compacted: the last message of each key is kept.'
        : `What cannot be handled goes to ${dlqOf(topic)}.`,
      messages: { [name]: { $ref: `#/components/messages/${name}` } },
    },
  ])
  const messages = topics.map(([name, topic]) => [
    name,
    {
      name: eventTypeOf(topic),
      contentType: 'application/json',
      headers: HEADERS,
      payload: payloadOf(topic),
      bindings: { kafka: { key: { type: 'string', description: keyOf(topic) } } },
    },
  ])
  const operations = topics
    .filter(([, topic]) => receives.includes(topic))
    .map(([name]) => [`receive_${name}`, { action: 'receive', channel: { $ref: `#/channels/${name}` } }])
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Baton: the log',
      version,
      description: 'Every message that goes through Kafka. Keys are batch ids, so that a batch keeps its order.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(channels),
    operations: Object.fromEntries(operations),
    components: { messages: Object.fromEntries(messages) },
  }
}

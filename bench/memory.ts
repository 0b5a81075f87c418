import { projectRecord } from '../conductor/projections/index.ts'
import { FACTS_GROUP } from '../conductor/service.ts'
import { createRedisBatchStore } from '../conductor/state/redis.ts'
import { batchId, derivedId } from '../shared/ids.ts'
import type { OutgoingMessage } from '../shared/log/port.ts'
import { createRedisClient } from '../shared/store/redis/client.ts'
import { analysed, registered, spellchecked, withFeedback } from '../test/conductor/messages.ts'
import { silent } from '../test/support/silent.ts'
import type { Figure } from './figure.ts'

const BATCHES = 100
const ESSAYS = 100

/** What the conductor's state of an essay costs. */
export const memory: Figure = {
  name: 'memory',
  about: `${BATCHES} batches of ${ESSAYS} essays whose ids are UUIDs, each through three phases`,
  async measure({ redisUrl }) {
    const redis = createRedisClient({ url: redisUrl, connectionName: 'bench', logger: silent })
    const prefix = `bench-${crypto.randomUUID().slice(0, 8)}-`
    const store = createRedisBatchStore({ redis, prefix, group: FACTS_GROUP })
    const used = async () => Number((await redis.info()).get('used_memory'))
    const eventOf = ({ topic, key, value, headers }: OutgoingMessage, offset: number) => {
      const bytes = (text: string | Uint8Array) => (typeof text === 'string' ? new TextEncoder().encode(text) : text)
      const record = { topic, partition: 0, offset, key: bytes(key ?? ''), value: bytes(value), headers, timestamp: 0 }
      return projectRecord(record, { producesText: (phase) => phase === 'spellcheck' }).event
    }
    const before = await used()
    for (let n = 0; n < BATCHES; n++) {
      const id = batchId(derivedId('memory', prefix, n))
      const essays = Array.from({ length: ESSAYS }, (_, i) => derivedId(id, i))
      const phases = [spellchecked, analysed, withFeedback].flatMap((phase) => essays.map((essay) => phase(id, essay)))
      const events = [registered(id, essays), ...phases].map(eventOf)
      await store.apply([{ batchId: id, events }])
    }
    const bytes = (await used()) - before
    await redis.close()
    return [{ what: 'bytes of Redis for an essay and three phases', value: bytes / (BATCHES * ESSAYS) }]
  },
}

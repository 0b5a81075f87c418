import { afterAll, describe, expect, test } from 'bun:test'
import { createEmbeddedRunStore } from '../../../orchestrator/runs/embedded.ts'
import type { RunStore } from '../../../orchestrator/runs/port.ts'
import { createRedisRunStore } from '../../../orchestrator/runs/redis.ts'
import { bucketOf } from '../../../shared/buckets.ts'
import { batchId, randomId } from '../../../shared/ids.ts'
import { openDatabase } from '../../../shared/store/sqlite.ts'
import { redisForTests } from '../../conductor/state/support.ts'
import { describeRedis, uniquePrefix } from '../../support/engines.ts'
import { content, NOW, register, request } from '../support.ts'

const contract = (create: () => RunStore): void => {
  /** A batch that is not ready yet: its request waits, and then has waited in vain. */
  const refused = async () => {
    const store = create()
    const id = batchId(`}x-${randomId()}`)
    await store.revive(await store.restoring([bucketOf(id)]))
    await store.register(id, register())
    const waiting = await store.request(id, request({ wait_ms: 0 }))
    expect(waiting.reply).toBe('waiting')
    const { reply, book } = await store.expire(id)
    expect(reply).toBe('refused')
    expect(book.requests).toMatchObject([{ verdict: 'refused', reason: 'content_timeout' }])
    return { store, id }
  }
  const again = (offset: number, redrive_id: string | null) =>
    request({ redrive_id, position: { place: 'requests|0', offset } })

  test('a refused request that comes again stays refused', async () => {
    const { store, id } = await refused()
    expect((await store.request(id, again(9, null))).reply).toBe('decided')
  })

  test('a refused request that is redriven is judged anew, and is listed once', async () => {
    const { store, id } = await refused()
    const { reply, book } = await store.request(id, again(9, 'redrive-1'))
    expect(reply).toBe('waiting')
    expect(book.requests).toMatchObject([{ verdict: 'waiting_for_content', reason: null, redrive_id: 'redrive-1' }])
  })

  test('one that is as old as what fell out of the list, at a place that is behind us, is judged anew all the same', async () => {
    const store = create()
    const id = batchId(`}x-${randomId()}`)
    await store.revive(await store.restoring([bucketOf(id)]))
    const at = (offset: number) => ({ place: 'requests|0', offset })
    for (let n = 0; n < 25; n++) await store.request(id, request({ request_id: `q-${n}`, position: at(n) }))
    const last = request({ request_id: 'q-24', redrive_id: 'redrive-1', position: at(3) })
    const { reply, book } = await store.request(id, last)
    expect(reply).toBe('refused')
    expect(book.requests.filter(({ request_id }) => request_id === 'q-24')).toMatchObject([{ redrive_id: 'redrive-1' }])
  })

  test('a redrive that is delivered twice is judged once, whatever became of it', async () => {
    const { store, id } = await refused()
    await store.request(id, again(9, 'redrive-1'))
    expect((await store.request(id, again(9, 'redrive-1'))).reply).toBe('decided')
    await store.content(id, content({ kind: 'failed' }))
    expect((await store.read(id))?.book.requests).toMatchObject([{ verdict: 'refused' }])
    expect((await store.request(id, again(9, 'redrive-1'))).reply).toBe('decided')
    expect((await store.request(id, again(10, 'redrive-2'))).reply).toBe('refused')
  })
}

describe('embedded', () => {
  contract(() => createEmbeddedRunStore(openDatabase(':memory:'), { clock: () => NOW * 1_000 }))
})

describeRedis('on Redis', (url) => {
  const redis = redisForTests(url)
  afterAll(() => redis.close())
  contract(() => createRedisRunStore({ redis, prefix: uniquePrefix(), clock: () => NOW * 1_000 }))
})

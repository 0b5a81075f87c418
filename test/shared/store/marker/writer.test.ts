import { Database } from 'bun:sqlite'
import { afterAll, describe, expect, test } from 'bun:test'
import { PassingError } from '../../../../shared/errors.ts'
import type { Progress } from '../../../../shared/log/port.ts'
import { createEmbeddedMarkers } from '../../../../shared/store/marker/embedded.ts'
import type { MarkerStore } from '../../../../shared/store/marker/port.ts'
import { createRedisMarkers } from '../../../../shared/store/marker/redis.ts'
import { createMarkerWriter } from '../../../../shared/store/marker/writer.ts'
import { createRedisClient } from '../../../../shared/store/redis/client.ts'
import { describeRedis, uniquePrefix } from '../../../support/engines.ts'
import { recordingLogger, silent } from '../../../support/silent.ts'
import { until } from '../../../support/until.ts'

const setUp = () => {
  const logger = recordingLogger()
  const counted: string[] = []
  const db = new Database(':memory:', { strict: true })
  const stored = createEmbeddedMarkers(db)
  const failing: { how?: 'before' | 'after' } = {}
  const markers: MarkerStore = {
    ...stored,
    async advance(changes) {
      const { how } = failing
      delete failing.how
      if (how === 'before') throw new PassingError('redis', 'gone')
      const result = await stored.advance(changes)
      if (how === 'after') throw new PassingError('redis', 'timed out')
      return result
    },
  }
  let applied: readonly Progress[] = []
  const subscription = { applied: () => applied }
  const writer = () =>
    createMarkerWriter({
      markers,
      subscription,
      group: 'g',
      logger,
      metrics: { mismatch: (group) => void counted.push(group) },
      everyMs: 1,
    })
  return {
    writer,
    logger,
    counted,
    failing,
    at: (...offsets: readonly number[]) => {
      applied = offsets.map((offset, partition) => ({ topic: 't', partition, offset, began: 0 }))
    },
    lose: (bucket: number) => db.run('DELETE FROM markers WHERE bucket = ?', [bucket]),
    read: async (bucket: number) => Object.fromEntries((await stored.read([bucket]))[0] ?? []),
  }
}

describe('the marker writer', () => {
  test('writes every bucket, also for partitions in which nothing has come', async () => {
    const { writer, at, read } = setUp()
    at(5, 0)
    await writer().write()
    for (const bucket of [0, 100, 255]) expect(await read(bucket)).toEqual({ 'g|t|0': 5, 'g|t|1': 0 })
  })

  test('follows what is applied', async () => {
    const { writer, at, read, counted } = setUp()
    const one = writer()
    for (const offset of [5, 6, 60]) {
      at(offset)
      await one.write()
    }
    expect(await read(3)).toEqual({ 'g|t|0': 60 })
    expect(counted).toEqual([])
    expect(one.problems()).toEqual([])
  })

  test('goes on from what an earlier member wrote, and never back', async () => {
    const { writer, at, read } = setUp()
    at(50)
    await writer().write()
    at(40)
    const next = writer()
    await next.write()
    expect(await read(3)).toEqual({ 'g|t|0': 50 })
    at(70)
    await next.write()
    expect(await read(3)).toEqual({ 'g|t|0': 70 })
    expect(next.problems()).toEqual([])
  })

  test('takes a partition that it gets back from where the other member left it', async () => {
    const { writer, at, read } = setUp()
    const [one, other] = [writer(), writer()]
    at(5)
    await one.write()
    at()
    await one.write()
    at(9)
    await other.write()
    at(12)
    await one.write()
    expect([await read(0), one.problems()]).toEqual([{ 'g|t|0': 12 }, []])
  })

  test('leaves a marker that was lost as it is, says so once, and keeps saying so to readiness', async () => {
    const { writer, at, read, lose, counted, logger } = setUp()
    const one = writer()
    at(5)
    await one.write()
    lose(3)
    for (const offset of [6, 7]) {
      at(offset)
      await one.write()
    }
    expect([await read(3), await read(4)]).toEqual([{}, { 'g|t|0': 7 }])
    expect(counted).toEqual(['g'])
    expect(logger.lines).toHaveLength(1)
    expect(one.problems()).toEqual([expect.stringContaining('1 markers of g lie behind what was written')])
  })

  test.each(['before', 'after'] as const)('a write that failed %s it arrived is made good by the next', async (how) => {
    const { writer, at, read, failing } = setUp()
    const one = writer()
    at(5)
    await one.write()
    at(6)
    failing.how = how
    await expect(one.write()).rejects.toThrow(PassingError)
    expect(one.problems()).toEqual([expect.stringContaining('not written')])
    at(7)
    await one.write()
    await one.write()
    expect([await read(3), one.problems()]).toEqual([{ 'g|t|0': 7 }, []])
  })

  test('writes by itself until it is stopped', async () => {
    const { writer, at, read } = setUp()
    const one = writer()
    await one.start()
    at(8)
    await until(async () => (await read(3))['g|t|0'] === 8, { timeoutMs: 2_000, what: 'the marker to move' })
    await one.stop()
    at(9)
    expect(await read(3)).toEqual({ 'g|t|0': 8 })
  })
})

/** Two writers of one group, of which one has not heard yet that the other has its partition. */
const twoWritersContract = (name: string, create: () => MarkerStore): void =>
  describe(`two marker writers, ${name}`, () => {
    const setUpTwo = () => {
      const markers = create()
      const member = () => {
        const lost: (readonly number[])[] = []
        const logger = recordingLogger()
        const counted: string[] = []
        let offset = 0
        const writer = createMarkerWriter({
          markers,
          subscription: { applied: () => [{ topic: 't', partition: 0, offset, began: 0 }] },
          group: 'g',
          logger,
          metrics: { mismatch: (group) => void counted.push(group) },
          onLost: async (buckets) => void lost.push(buckets),
        })
        const writeAt = (next: number) => {
          offset = next
          return writer.write()
        }
        return { writeAt, lost, logger, counted, problems: writer.problems }
      }
      return {
        markers,
        member,
        read: async (bucket: number) => (await markers.read([bucket]))[0]?.get('g|t|0'),
        /** As a failover to a replica that lags does. */
        setBack: (bucket: number, expected: number, next: number) =>
          markers.advance([{ bucket, moves: [{ field: 'g|t|0', expected, next }] }]),
      }
    }

    test('a marker that the other moved on is no loss, and is never written back', async () => {
      const { member, read } = setUpTwo()
      const [stale, owner] = [member(), member()]
      await stale.writeAt(5)
      for (const offset of [9, 12]) {
        await owner.writeAt(offset)
        await stale.writeAt(5)
        expect([await read(0), await read(255)]).toEqual([offset, offset])
      }
      await owner.writeAt(14)
      expect([await read(0), stale.lost, stale.counted, stale.problems()]).toEqual([14, [], [], []])
      expect([owner.lost, owner.counted, owner.logger.lines]).toEqual([[], [], []])
    })

    test('that somebody else moves markers on is told once, not at each look', async () => {
      const { member } = setUpTwo()
      const [stale, owner] = [member(), member()]
      await stale.writeAt(5)
      for (const offset of [9, 12]) {
        await owner.writeAt(offset)
        await stale.writeAt(5)
      }
      expect(stale.logger.lines).toEqual([
        expect.objectContaining({ level: 'info', fields: expect.objectContaining({ group: 'g', count: 256 }) }),
      ])
    })

    test('one that lies further back is still a loss, beside others that were moved on', async () => {
      const { member, read, setBack } = setUpTwo()
      const [stale, owner] = [member(), member()]
      await stale.writeAt(5)
      await owner.writeAt(9)
      await setBack(3, 9, 4)
      await stale.writeAt(5)
      expect([stale.lost, stale.counted]).toEqual([[[3]], ['g']])
      expect([await read(3), await read(4)]).toEqual([4, 9])
    })
  })

twoWritersContract('embedded', () => createEmbeddedMarkers(new Database(':memory:', { strict: true })))

describeRedis('on Redis', (url) => {
  const redis = createRedisClient({ url, connectionName: 'marker-writer-test', logger: silent })
  afterAll(() => redis.close())
  twoWritersContract('redis', () => createRedisMarkers({ redis, prefix: uniquePrefix() }))
})

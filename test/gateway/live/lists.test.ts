import { expect, test } from 'bun:test'
import { createLists } from '../../../gateway/live/lists.ts'
import { PassingError } from '../../../shared/errors.ts'
import { createEmbeddedChangeFeed } from '../../../shared/store/changes/embedded.ts'
import { change } from '../../shared/store/changes/contract.ts'
import { recordingLogger } from '../../support/silent.ts'
import { testTime } from './support.ts'

const open = () => {
  const time = testTime()
  const logger = recordingLogger()
  const feed = createEmbeddedChangeFeed({ logger })
  const batches = new Map([['ada', ['b-2', 'b-1']]])
  let reads = 0
  let trouble: Error | undefined
  const lists = createLists({
    async newest(userId) {
      reads++
      if (trouble) throw trouble
      return batches.get(userId) ?? []
    },
    logger,
    later: time.later,
    rereadMs: 10_000,
  })
  lists.start()
  const leave = feed.subscribe({ changed: lists.changed, gap() {} })
  const watch = async (userId = 'ada') => {
    const told: string[] = []
    return { told, end: await lists.watch(userId, (batchId) => told.push(batchId)) }
  }
  return {
    ...{ ...time, logger, feed, leave, batches, lists, watch, reads: () => reads },
    fail(error: Error | undefined) {
      trouble = error
    },
  }
}

test('first the batches that there are, oldest first, then each that is registered, once, to its owner only', async () => {
  const { watch, feed } = open()
  const [ada, also, bo] = [await watch(), await watch(), await watch('bo')]
  feed.publish([change('b-3', 1, 'ada'), change('b-3', 2, 'ada'), change('b-1', 3, 'ada'), change('x', 4)])
  for (const { told } of [ada, also]) expect(told).toEqual(['b-1', 'b-2', 'b-3'])
  expect(bo.told).toEqual([])
})

test('a registration whose notice was lost is found by the next look, and a look that fails is made good by the one after', async () => {
  const { watch, batches, pass, fail, logger } = open()
  const { told } = await watch()
  batches.set('ada', ['b-3', 'b-2', 'b-1'])
  fail(new PassingError('conductor', 'ECONNREFUSED'))
  await pass(10_000)
  expect(told).toEqual(['b-1', 'b-2'])
  expect(logger.lines).toEqual([])
  fail(new Error('cannot be read'))
  await pass(10_000)
  expect(logger.lines.length).toBe(1)
  fail(undefined)
  await pass(10_000)
  expect(told).toEqual(['b-1', 'b-2', 'b-3'])
})

test('a list that cannot be read now is not watched', async () => {
  const { watch, fail, pass, reads } = open()
  fail(new PassingError('conductor', 'ECONNREFUSED'))
  await expect(watch()).rejects.toThrow('ECONNREFUSED')
  await pass(60_000)
  expect(reads()).toBe(1)
})

test('what nobody watches any more is not read, and once stopped nothing is', async () => {
  const { watch, pass, reads, lists, feed, leave, pending } = open()
  const { end } = await watch()
  end()
  await pass(30_000)
  expect(reads()).toBe(1)
  const { told } = await watch()
  lists.stop()
  await leave()
  feed.publish([change('b-3', 1, 'ada')])
  await pass(60_000)
  expect(told).toEqual(['b-1', 'b-2'])
  expect(pending()).toBe(0)
})

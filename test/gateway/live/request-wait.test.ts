import { expect, test } from 'bun:test'
import { createRequestWait } from '../../../gateway/live/request-wait.ts'
import { snapshotAt, testTime } from './support.ts'

test('a request that never stands is waited for as long as was said, and nothing is left of the wait', async () => {
  const time = testTime()
  let watchers = 0
  const wait = createRequestWait({
    hub: {
      watch(_, watcher) {
        watchers++
        watcher.snapshot(snapshotAt('b', 1, 'ada', ['another']))
        return () => void watchers--
      },
    },
    later: time.later,
  })
  let over = false
  const waiting = wait('b', 'mine', 5_000).then(() => {
    over = true
  })
  await time.pass(4_999)
  expect([over, watchers]).toEqual([false, 1])
  await time.pass(1)
  await waiting
  expect([watchers, time.pending()]).toEqual([0, 0])
})

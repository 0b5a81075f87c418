import { expect, test } from 'bun:test'
import { createOutboxPublisher } from '../../orchestrator/outbox.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { MalformedError, PublishError } from '../../shared/errors.ts'
import { batchId } from '../../shared/ids.ts'
import type { OutgoingMessage } from '../../shared/log/port.ts'
import { silent } from '../support/silent.ts'
import { bookIn, json, outcome, readyToPlan, recordingLog, render, runStore, start } from './support.ts'

const ID = batchId('b-1')

const outbox = () => {
  const at = runStore()
  const log = recordingLog()
  return { ...at, log, publish: createOutboxPublisher({ log, store: at.store, render, logger: silent }) }
}

const ids = (messages: readonly OutgoingMessage[]) => messages.map((message) => json(message).event_id)

test('the book is acknowledged before what it explains is sent', async () => {
  const { store, log, publish } = outbox()
  await readyToPlan(store, ID)
  const started = await store.start(ID, start())
  log.failures.next = 1
  await expect(publish(ID, started)).rejects.toBeInstanceOf(PublishError)
  expect(log.published).toEqual([])
  await publish(ID, started)
  expect(log.topics()[0]).toBe(TOPICS.runChanged)
  expect(log.topics()).toContain(TOPICS.spellcheckCommand)
  expect(json(log.published[0] ?? { topic: '', key: null, value: '', headers: {} }).data.runs).toHaveLength(1)
})

test('what the log has acknowledged is gone, and nothing is said again', async () => {
  const { store, log, publish } = outbox()
  await readyToPlan(store, ID)
  await publish(ID, await store.start(ID, start()))
  const said = log.published.length
  expect((await bookIn(store)).outbox).toEqual([])
  await publish(ID, await store.start(ID, start()))
  expect(log.published.length).toBe(said)
})

test('after a crash between the log and the acknowledgement the same ids are said again', async () => {
  const { store, log } = outbox()
  await readyToPlan(store, ID)
  await store.start(ID, start())
  const killed = { ...store, ack: () => Promise.reject(new Error('killed')) }
  const crashed = createOutboxPublisher({ log, store: killed, render, logger: silent })
  const left = await store.read(ID)
  if (!left) throw new Error('there is nothing')
  await expect(crashed(ID, left)).rejects.toThrow('killed')
  const first = ids(log.published.splice(0))
  const again = await store.read(ID)
  if (!again) throw new Error('there is nothing')
  await createOutboxPublisher({ log, store, render, logger: silent })(ID, again)
  expect(ids(log.published)).toEqual(first)
})

test('a book that changed while it was published is published once more, so that the newest is last', async () => {
  const { store, log } = outbox()
  await readyToPlan(store, ID)
  const started = await store.start(ID, start())
  let meanwhile = true
  const slow = createOutboxPublisher({
    log: {
      async publish(messages) {
        const positions = await log.publish(messages)
        if (meanwhile && messages.length > 0) {
          meanwhile = false
          await store.outcome(ID, outcome())
        }
        return positions
      },
    },
    store,
    render,
    logger: silent,
  })
  await slow(ID, started)
  const books = log.published.filter(({ topic }) => topic === TOPICS.runChanged).map((message) => json(message).data)
  expect(books).toMatchObject([{ runs: [{ status: 'processing' }] }, { runs: [{ status: 'completed_successfully' }] }])
  expect(books.at(-1).revision).toBe((await bookIn(store)).book_revision)
  expect((await bookIn(store)).outbox).toEqual([])
})

test('what fits no message and is no longer what the book says is forgotten, and the book as it stands is said', async () => {
  const { store, log } = outbox()
  await readyToPlan(store, ID)
  const started = await store.start(ID, start())
  await store.cancel(ID, { request_id: 'c-1', correlation_id: 'c', run_id: null, reason: 'cancelled' })
  const strict: Pick<typeof log, 'publish'> = {
    async publish(messages) {
      if (messages.some(({ topic }) => topic === TOPICS.spellcheckCommand))
        throw new MalformedError('too_large', 'too large')
      return log.publish(messages)
    },
  }
  await createOutboxPublisher({ log: strict, store, render, logger: silent })(ID, started)
  expect((await bookIn(store)).outbox).toEqual([])
  expect((await bookIn(store)).runs).toMatchObject([{ status: 'cancelled' }])
  const only = { ...log, publish: () => Promise.reject(new MalformedError('too_large', 'too large')) }
  const again = await store.prompt(ID, { correlation_id: 'c', prompt_ref: '{"references":{}}' })
  const publish = createOutboxPublisher({ log: only, store, render, logger: silent })
  await expect(publish(ID, again)).rejects.toBeInstanceOf(MalformedError)
})

test('an old book that arrives late is followed by the newest', async () => {
  const { store, log, publish } = outbox()
  const requested = await readyToPlan(store, ID)
  await publish(ID, await store.start(ID, start()))
  await publish(ID, requested)
  const revisions = log.published
    .filter(({ topic }) => topic === TOPICS.runChanged)
    .map((message) => json(message).data.revision)
  expect(revisions.at(-2)).toBe(requested.book.book_revision)
  expect(revisions.at(-1)).toBe((await bookIn(store)).book_revision)
})

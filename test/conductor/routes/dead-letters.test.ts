import { expect, test } from 'bun:test'
import {
  LetterDetail,
  LetterGroupsBody,
  LettersPage,
  RedriveResponse,
} from '../../../shared/contracts/http/dead-letters.ts'
import { receive } from '../../../shared/contracts/receive.ts'
import { TOPICS } from '../../../shared/contracts/topics.ts'
import { PublishError } from '../../../shared/errors.ts'
import { derivedId } from '../../../shared/ids.ts'
import type { EventLog } from '../../../shared/log/port.ts'
import { goldenSamples } from '../../shared/contracts/samples.ts'
import { delivered } from '../../support/delivered.ts'
import { buried, deadRecord } from '../dead-letters/support.ts'
import { conductor, KEY } from '../support.ts'

const OUTCOME = TOPICS.phaseOutcome
const RESULT = TOPICS.spellcheckResults

/** Three letters of two topics and three causes; letter 3 is the newest. */
const filled = async (options: { readonly publish?: EventLog['publish'] } = {}) => {
  const one = conductor(options)
  const of = (batch_id: string) => JSON.stringify({ correlation_id: 'c-1', data: { batch_id } })
  const letters = [
    buried(deadRecord(OUTCOME, 1, of('b-1')), 'data_invalid', "phase 'x' of 7"),
    buried(deadRecord(RESULT, 2, of('b-2')), 'handler_failed', 'a bug'),
    buried(deadRecord(OUTCOME, 3, of('b-2')), 'data_invalid', "phase 'y' of 12"),
  ] as const
  for (const letter of letters) await one.letters.store.record(letter.head.topic, [letter])
  const [first, second, third] = [letters[0].head.id, letters[1].head.id, letters[2].head.id]
  const list = async (query = '') => LettersPage.parse(await (await one.get(`${PATH}?${query}`)).json())
  const redrive = async (body: object) => RedriveResponse.parse(await (await one.post(`${PATH}/redrive`, body)).json())
  const ids = async (query: string) => (await list(query)).letters.map(({ letter_id }) => letter_id)
  return { ...one, first, second, third, list, ids, redrive }
}
const PATH = '/internal/v1/dead-letters'
const audits = (lines: ReturnType<typeof conductor>['lines']) =>
  lines.filter(({ message }) => message === 'audit').map(({ fields }) => fields)

test('letters are listed newest first, by topic, reason, batch, state and cause, and page by page', async () => {
  const { ids, list, first, second, third } = await filled()
  expect(await ids('')).toEqual([third, second, first])
  expect(await ids(`topic=${OUTCOME}`)).toEqual([third, first])
  expect(await ids('reason=handler_failed')).toEqual([second])
  expect(await ids('batch_id=b-2')).toEqual([third, second])
  expect(await ids(`batch_id=b-2&topic=${OUTCOME}`)).toEqual([third])
  expect(await ids('correlation_id=c-1&limit=500')).toHaveLength(3)
  expect(await ids('state=parked')).toEqual([])
  expect(await ids('topic=nothing')).toEqual([])
  const page = await list('limit=2')
  expect(page.letters).toHaveLength(2)
  expect((await list(`limit=2&cursor=${page.next_cursor}`)).letters.map(({ letter_id }) => letter_id)).toEqual([first])
})

test('letters are grouped by what they died of, whatever ids and numbers the errors name', async () => {
  const { get, first, third } = await filled()
  const { groups } = LetterGroupsBody.parse(await (await get(`${PATH}/groups`)).json())
  expect(groups.map(({ topic, reason, count, example }) => ({ topic, reason, count, example }))).toEqual([
    { topic: OUTCOME, reason: 'data_invalid', count: 2, example: third },
    { topic: RESULT, reason: 'handler_failed', count: 1, example: expect.any(String) },
  ])
  const cause = encodeURIComponent(groups[0]?.cause ?? '')
  const page = LettersPage.parse(await (await get(`${PATH}?cause=${cause}`)).json())
  expect(page.letters.map(({ letter_id }) => letter_id)).toEqual([third, first])
})

test('a letter is shown whole, with the bytes of its record', async () => {
  const { get, second } = await filled()
  const body = LetterDetail.parse(await (await get(`${PATH}/${second}`)).json())
  expect(body).toMatchObject({ letter_id: second, state: 'open', letter: { error: 'a bug', source: { offset: 2 } } })
  expect(Buffer.from(String(body.letter['raw']), 'base64').toString()).toContain('"batch_id":"b-2"')
  expect((await get(`${PATH}/${derivedId('no letter')}`)).status).toBe(404)
  expect((await get(`${PATH}/not-an-id`)).status).toBe(422)
})

test('a redrive without more is a preview: it says what would be sent and sends nothing', async () => {
  const { redrive, published, lines, first, third } = await filled()
  const { dry_run, counts, results } = await redrive({ filter: { topic: OUTCOME } })
  expect({ dry_run, counts }).toEqual({ dry_run: true, counts: { would_be_redriven: 2 } })
  expect(results.map(({ letter_id }) => letter_id)).toEqual([first, third])
  expect(published).toEqual([])
  expect(audits(lines)).toEqual([])
})

test('a redrive sends the record to where it came from, key, bytes and headers as they were, and says that it did', async () => {
  const { redrive, published, lines, app, second, list } = await filled()
  const headers = {
    'x-internal-api-key': KEY,
    'x-service-id': 'ops',
    'x-user-id': 'ada',
    'content-type': 'application/json',
  }
  const body = JSON.stringify({ letter_ids: [second], dry_run: false })
  const response = await app.request(`${PATH}/redrive`, { method: 'POST', headers, body })
  expect(RedriveResponse.parse(await response.json()).counts).toEqual({ redriven: 1 })
  const [record] = published
  expect(record).toMatchObject({ topic: RESULT, headers: { event_id: 'as sent', note: 'kept' } })
  expect(String(record?.key)).toBe('b-1')
  expect(String(record?.value)).toBe(JSON.stringify({ correlation_id: 'c-1', data: { batch_id: 'b-2' } }))
  expect(record?.headers).toMatchObject({
    redriven_from: expect.stringMatching(/^3\|2\|\d+$/),
    redrive_id: expect.any(String),
  })
  expect(published[1]).toMatchObject({ topic: TOPICS.deadLetterDecided, key: second })
  expect(audits(lines)).toMatchObject([
    { audit: 'dead_letter_redriven', letter_id: second, topic: RESULT, batch_id: 'b-2', by: 'ops', user_id: 'ada' },
  ])
  expect((await list('state=redriven')).letters).toMatchObject([
    { letter_id: second, decided_by: 'ops', decided_for: 'ada' },
  ])
  expect((await redrive({ letter_ids: [second], dry_run: false })).counts).toEqual({ already_redriven: 1 })
  expect(published).toHaveLength(2)
})

test('a message that left out its id and its time is the same message after a redrive', async () => {
  const sample = goldenSamples().find(({ topic }) => topic === OUTCOME)
  const { event_id: _, event_timestamp: __, ...anonymous } = sample?.envelope ?? {}
  const record = deadRecord(OUTCOME, 41, JSON.stringify(anonymous))
  const one = conductor()
  const letter = buried(record, 'handler_failed')
  await one.letters.store.record(OUTCOME, [letter])
  await one.post(`${PATH}/redrive`, { letter_ids: [letter.head.id], dry_run: false })
  const [sent] = one.published
  if (!sent) throw new Error('nothing was sent')
  const again = receive(delivered(sent, { timestamp: 2e12, offset: 977 }))
  const before = receive(record)
  expect(again.envelope).toEqual(before.envelope)
  expect(again.at).toBe(before.at)
  expect(again.position.offset).toBe(977)
})

test('after a crash between the log and the index, asking again sends what has the same ids', async () => {
  const { letters, redrive, published, first } = await filled()
  await redrive({ letter_ids: [first], dry_run: false })
  // The index as it was before the decision was noted.
  const lost = await filled()
  await lost.redrive({ letter_ids: [lost.first], dry_run: false })
  expect(lost.published[0]).toEqual(published[0])
  expect(lost.published[1]?.headers['event_id']).toBe(published[1]?.headers['event_id'] ?? '')
  expect((await letters.store.read(OUTCOME, first))?.decision?.verdict).toBe('redriven')
})

test('while the log is away nothing is decided, and the answer says what may have happened', async () => {
  const publish = async () => Promise.reject(new PublishError('unknown', 'broker at 10.0.0.7 is gone'))
  const { post, list, first } = await filled({ publish })
  for (const response of [
    await post(`${PATH}/redrive`, { letter_ids: [first], dry_run: false }),
    await post(`${PATH}/${first}/park`, {}),
  ]) {
    expect(response.status).toBe(503)
    const text = await response.text()
    expect(JSON.parse(text)).toMatchObject({ code: 'KAFKA_PUBLISH_ERROR', outcome: 'unknown' })
    expect(text).not.toContain('10.0.0.7')
  }
  expect((await list('state=open')).letters).toHaveLength(3)
})

test('a parked letter is passed over by filters, and can still be redriven by name', async () => {
  const { post, redrive, lines, first, third } = await filled()
  const parked = await post(`${PATH}/${first}/park`, {})
  expect(await parked.json()).toMatchObject({ letter_id: first, state: 'parked', decided_by: 'test' })
  expect(
    (await redrive({ filter: { topic: OUTCOME }, dry_run: false })).results.map(({ letter_id }) => letter_id),
  ).toEqual([third])
  expect((await redrive({ letter_ids: [first], dry_run: false })).counts).toEqual({ redriven: 1 })
  expect((await post(`${PATH}/${first}/park`, {})).status).toBe(409)
  expect((await post(`${PATH}/${derivedId('no letter')}/park`, {})).status).toBe(404)
  expect(audits(lines).map((fields) => fields['audit'])).toEqual([
    'dead_letter_parked',
    'dead_letter_redriven',
    'dead_letter_redriven',
  ])
})

test('what cannot be sent again is said per letter, and does not stop the others', async () => {
  const { letters, redrive, second } = await filled()
  const empty = buried(deadRecord(RESULT, 9, '', { value: null }))
  await letters.store.record(RESULT, [empty])
  const ids = [empty.head.id, derivedId('no letter'), second]
  const { counts, results } = await redrive({ letter_ids: ids, dry_run: false })
  expect(counts).toEqual({ not_redrivable: 1, not_found: 1, redriven: 1 })
  expect(results.map(({ outcome }) => outcome)).toEqual(['not_redrivable', 'not_found', 'redriven'])
})

test('a filter takes the newest letters up to its limit and says that there are more', async () => {
  const { redrive, third } = await filled()
  const { results, more } = await redrive({ filter: {}, limit: 1, dry_run: false })
  expect(results).toMatchObject([{ letter_id: third, outcome: 'redriven' }])
  expect(more).toBe(true)
})

test.each([
  [{}],
  [{ letter_ids: [], dry_run: false }],
  [{ letter_ids: ['x'], filter: {} }],
  [{ filter: { topik: 'misspelt' }, dry_run: false }],
])('a redrive that does not say clearly what it means is refused: %j', async (body) => {
  const { post, published } = await filled()
  const response = await post(`${PATH}/redrive`, body)
  expect(response.status).toBe(422)
  expect(published).toEqual([])
})

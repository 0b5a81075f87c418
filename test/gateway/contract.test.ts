import { describe, expect, test } from 'bun:test'
import { z } from 'zod'
import { CODES } from '../../shared/http/codes.ts'
import { sseEvents } from '../support/sse.ts'
import { documented, schemaOf, text } from './contract/document.ts'
import { recipes } from './contract/recipes.ts'

/** The pairs of route and status are those of the served document: none can be added without a way to reach it. */
const pairs = documented.flatMap((route) =>
  [...route.responses].map(([status, content]) => [route.name, status, recipes(route)[status], content] as const),
)

/** What a stream says first of a batch. */
const firstSnapshot = async (answer: Response): Promise<unknown> => {
  for await (const { event, data } of sseEvents(answer)) if (event === 'snapshot') return JSON.parse(data)
  throw new Error('the stream ended without a snapshot')
}

describe('every documented status is reached, with a body that the document describes', () => {
  test.each(pairs)('%s %s', async (_, status, reach, content) => {
    if (!reach) throw new Error(`nobody knows how to get a ${status}`)
    const answer = await reach()
    expect(answer.status).toBe(Number(status))
    const type = answer.headers.get('content-type') ?? ''
    if (content === undefined) return expect(await answer.text()).toBe('')
    expect(Object.keys(content)).toContain(type)
    if (type === 'text/event-stream')
      return void schemaOf({ $ref: '#/components/schemas/BatchSnapshot' }).parse(await firstSnapshot(answer))
    const body: unknown = await answer.json()
    schemaOf(content[type]?.schema ?? {}).parse(body)
    if (Number(status) >= 400) {
      const { code } = z.object({ code: z.enum(Object.keys(CODES)) }).parse(body)
      expect(text).toContain(code)
    }
  })
})

describe('whatever goes wrong, no status is answered that the document does not name', () => {
  test.each(documented.map((route) => [route.name, route] as const))('%s', async (_, route) => {
    const ways = Object.entries(recipes(route)).filter(([status]) => !route.responses.has(status) && status !== '101')
    const unnamed: string[] = []
    for (const [way, ask] of ways) {
      const answer = await ask()
      await answer.body?.cancel()
      if (!route.responses.has(`${answer.status}`)) unnamed.push(`${answer.status}, asked as for a ${way}`)
    }
    expect(unnamed).toEqual([])
  })
})

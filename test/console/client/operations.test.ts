import { expect, test } from 'bun:test'
import { createBaton } from '../../../console/client/client.ts'

/** Operations whose calls all get this answer, and what was asked. */
const operations = (answer: unknown) => {
  const asked: string[] = []
  const { operations } = createBaton({
    baseUrl: 'http://gateway.test',
    async fetch(request) {
      const { pathname, search } = new URL(request.url)
      asked.push(`${request.method} ${pathname}${search} ${await request.text()}`.trim())
      return Response.json(answer)
    },
  })
  return { operations, asked }
}
type Operations = ReturnType<typeof operations>['operations']

const VERBS: readonly (readonly [string, (of: Operations) => Promise<unknown>, string])[] = [
  ['health', (of) => of.health(), 'GET /v1/admin/health'],
  ['figures', (of) => of.figures(), 'GET /v1/admin/figures'],
  ['stuck runs', (of) => of.stuckRuns(60), 'GET /v1/admin/stuck-runs?older_than_seconds=60'],
  ['groups of dead letters', (of) => of.letterGroups(), 'GET /v1/admin/dead-letters/groups'],
  ['dead letters', (of) => of.letters({ batch_id: 'b/1' }), 'GET /v1/admin/dead-letters?batch_id=b%2F1'],
  ['one dead letter', (of) => of.letter('l 1'), 'GET /v1/admin/dead-letters/l%201'],
  [
    'a redrive',
    (of) => of.redrive({ letter_ids: ['l-1'], dry_run: true }),
    'POST /v1/admin/dead-letter-redrives {"letter_ids":["l-1"],"dry_run":true}',
  ],
  ['parking', (of) => of.park('l-1'), 'POST /v1/admin/dead-letters/l-1/park'],
]

test.each(VERBS)('%s asks its own route and gives the answer as it is', async (_, ask, wanted) => {
  const { operations: of, asked } = operations({ anything: true })
  expect(await ask(of)).toEqual({ anything: true })
  expect(asked).toEqual([wanted])
})

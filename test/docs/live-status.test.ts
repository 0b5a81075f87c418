import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { z } from 'zod'
import { launch, open } from '../console/browser.ts'
import { createEmbeddedProcess, type Embedded } from '../console/embedded.ts'
import { startCommand } from '../e2e/process.ts'
import { describeChromium } from '../support/chromium.ts'

/** What `docs/live-status.md` shows is what happens: its commands in a shell, its code in a real Chromium. */

const page = await Bun.file(join(import.meta.dir, '../../docs/live-status.md')).text()
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, block = '']) => block)

let baton: Embedded
let url: string
let token: string
let batch: string
const post = async (path: string, body: unknown) => {
  const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) }
  return (await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })).json()
}

beforeAll(async () => {
  baton = await createEmbeddedProcess()
  await baton.start()
  url = `http://127.0.0.1:${baton.port}`
  token = z.object({ access_token: z.string() }).parse(await post('/dev/token', { user_id: 'ada' })).access_token
  const registered = await post('/v1/batches/register', { expected_essay_count: 3, course_code: 'ENG5' })
  batch = z.object({ batch_id: z.string() }).parse(registered).batch_id
}, 30_000)
afterAll(() => baton.end())

test('the commands run as printed, and show what the page says', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'baton-live-'))
  const said: string[] = []
  // With more patience than a reader of the page has: a busy machine may take a second for less.
  const commands = blocks('sh').map((block) => block.replaceAll('--max-time 1 ', '--max-time 4 '))
  const script = `set -euo pipefail\n${commands.join('\necho "-- next"\n')}`
  const shell = startCommand(['bash', '-c', script], folder, { URL: url, TOKEN: token, BATCH: batch })
  const code = await shell.exited
  await shell.end('SIGKILL')
  said.push(...shell.output().split('-- next'))
  await rm(folder, { recursive: true, force: true })
  expect({ code, blocks: said.length }).toEqual({ code: 0, blocks: blocks('sh').length })
  const [first, again, all, request, upload] = said
  expect(first).toMatch(/^event: snapshot\nid: \d+\ndata: \{"status":/m)
  expect(again).toMatch(/^event: (live|snapshot)$/m)
  expect(all).toContain('event: snapshot')
  expect(request?.trim()).toBe('1')
  expect(JSON.parse(upload ?? '')).toMatchObject({
    stored: [{ file_name: 'anna.txt', bytes: 17 }],
    refused: [{ index: 1, file_name: 'song.mp3', reason: 'type_not_allowed' }],
  })
}, 60_000)

describeChromium('in a browser', (executable) => {
  test('the code follows a batch, over a gateway that dies, by events and by WebSocket', async () => {
    let browser: Browser | undefined
    try {
      browser = await launch(executable)
      const { page: tab } = await open(browser, `${url}/docs/errors`)
      await tab.evaluate(
        ([code = '', url, token, batchId]) => {
          const shown: unknown[] = []
          const start = `return Promise.all([
          followBatch({ ...options, show: (value) => shown.push(['events', value.details.revision]) }),
          openSocket({ ...options, show: (value, id) => shown.push(['socket', id]) }),
        ])`
          Reflect.set(globalThis, 'shown', shown)
          const options = { url, token: async () => token, batchId }
          return new Function('options', 'shown', `${code}\n${start}`)(options, shown).then(() => undefined)
        },
        [blocks('js').join('\n'), url, token, batch],
      )
      const Shown = z.array(z.tuple([z.enum(['events', 'socket']), z.number()]))
      const shownBy = async (kind: string) =>
        Shown.parse(await tab.evaluate(() => Reflect.get(globalThis, 'shown'))).filter(([by]) => by === kind)
      const waitFor = (count: number, kind: string) =>
        tab.waitForFunction(
          ([kind, count]) =>
            Reflect.get(globalThis, 'shown').filter(([by]: readonly unknown[]) => by === kind).length >= Number(count),
          [kind, count],
          { timeout: 10_000 },
        )
      await Promise.all([waitFor(1, 'events'), waitFor(1, 'socket')])
      await baton.kill()
      await baton.start()
      const before = (await shownBy('events')).length
      await post(`/v1/batches/${batch}/pipelines`, {
        requested_pipeline: 'ai_feedback',
        prompt_payload: { assignment_id: 'a' },
      })
      await waitFor(before + 1, 'events')
      const revisions = (await shownBy('events')).map(([, revision]) => revision)
      expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b))
    } finally {
      await browser?.close()
    }
  }, 40_000)
})

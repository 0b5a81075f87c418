import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Browser } from 'playwright-core'
import { describeChromium } from '../support/chromium.ts'
import { freePort } from '../support/free-port.ts'
import { launch, open } from './browser.ts'
import { createEmbeddedProcess, type Embedded } from './embedded.ts'
import { serveFrontEnd } from './front-end.ts'

/** docs/front-end.md, word for word: a page of somebody else's, on another origin than the gateway. */
describeChromium('a front end on another port', (executable) => {
  let browser: Browser
  let baton: Embedded
  let app: Awaited<ReturnType<typeof serveFrontEnd>>
  let port: number

  beforeAll(async () => {
    port = await freePort()
    baton = await createEmbeddedProcess({ CORS_ORIGINS: `http://localhost:${port}` })
    ;[browser, app] = await Promise.all([
      launch(executable),
      serveFrontEnd(port, `http://localhost:${baton.port}`),
      baton.start(),
    ])
  }, 90_000)
  afterAll(async () => {
    await Promise.all([browser?.close(), app?.close(), baton?.end()])
  })

  test('shows a batch live, as the page about front ends shows it', async () => {
    const { page, complaints } = await open(browser, `http://localhost:${port}/`)
    await page.getByText('completed_successfully: 3 of 3').waitFor({ timeout: 60_000 })
    expect(complaints).toEqual([])
  }, 90_000)

  test('can read every refusal and the headers that tell it what to do', async () => {
    const { page } = await open(browser, `http://localhost:${port}/`)
    const call = (path: string, body?: string) =>
      page.evaluate(
        async ([url, sent]) => {
          const headers = { 'content-type': 'application/json' }
          const answer = await fetch(url, sent === undefined ? {} : { method: 'POST', headers, body: sent })
          const { code } = await answer.json()
          return { status: answer.status, code, correlation: answer.headers.get('x-correlation-id') !== null }
        },
        [`http://localhost:${baton.port}${path}`, body] as const,
      )
    expect(await call('/v1/batches')).toEqual({ status: 401, code: 'AUTHENTICATION_ERROR', correlation: true })
    expect(await call('/nowhere')).toEqual({ status: 404, code: 'RESOURCE_NOT_FOUND', correlation: true })
    expect(await call('/dev/token', '{}')).toEqual({ status: 422, code: 'VALIDATION_ERROR', correlation: true })
  }, 90_000)

  test('is told nothing when its origin is not allowed', async () => {
    const { page } = await open(browser, `http://127.0.0.1:${baton.port}/`)
    const outcome = await page.evaluate(
      (url) =>
        fetch(url).then(
          () => 'read',
          () => 'refused',
        ),
      `http://localhost:${baton.port}/healthz`,
    )
    expect(outcome).toBe('refused')
  }, 90_000)
})

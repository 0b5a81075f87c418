import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Browser } from 'playwright-core'
import { type Listening, serve } from '../../shared/http/serve.ts'
import { launch, open } from '../console/browser.ts'
import { describeChromium } from '../support/chromium.ts'
import { openGateway } from './open-gateway.ts'

describeChromium('the documentation in a browser', (executable) => {
  let browser: Browser
  let server: Listening

  beforeAll(async () => {
    const { app } = await openGateway()
    server = serve({ name: 'gateway', host: '127.0.0.1', port: 0, fetch: (request) => app.fetch(request) })
    browser = await launch(executable)
  }, 60_000)
  afterAll(async () => {
    await Promise.all([browser?.close(), server?.stop()])
  })

  test.each([
    ['/redoc', 'h2, h1', 'Ask for a pipeline'],
    ['/docs', '.opblock-summary-description', 'Ask for a pipeline'],
  ])(
    '%s shows every route, needs nothing from elsewhere and breaks no policy',
    async (path, selector, text) => {
      const asked: string[] = []
      const { page, complaints } = await open(browser, 'about:blank')
      page.on('request', (request) => void asked.push(request.url()))
      await page.goto(server.url + path)
      await page.locator(selector).filter({ hasText: text }).first().waitFor()
      expect(asked.filter((url) => !/^(data|blob):/.test(url) && !url.startsWith(server.url))).toEqual([])
      expect(complaints).toEqual([])
    },
    60_000,
  )
})

import { expect, test } from 'bun:test'
import { z } from 'zod'
import { until } from '../support/until.ts'
import { violations } from './axe.ts'
import { describeConsole } from './describe.ts'
import { answerByExample } from './examples.ts'
import { reached, register, signIn, start } from './steps.ts'

/** Whoever uses the console, and on whatever: keyboard, screen reader, phone, light and dark, a bad connection. */
describeConsole({ name: 'the console for everybody' }, ({ open, url }) => {
  test('is used by keyboard alone: skips to the content, keeps focus in a dialog and gives it back', async () => {
    const { page } = await open()
    await signIn(page)
    const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '')
    await page.locator('body').press('Tab')
    expect(await focused()).toBe('Skip to the content')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('Register a batch')
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Register a batch' })
    await dialog.waitFor()
    // A dialog takes the focus with the next frame, and gives it back with the one after it is gone.
    const holdsFocus = () => dialog.evaluate((element) => element.contains(document.activeElement))
    await until(holdsFocus, { timeoutMs: 5_000, what: 'the dialog to take the focus' })
    for (let step = 0; step < 10; step++) {
      await page.keyboard.press('Tab')
      expect(await holdsFocus()).toBe(true)
    }
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await until(async () => (await focused()) === 'Register a batch', {
      ...{ timeoutMs: 5_000, what: 'the focus to be given back' },
    })
  }, 90_000)

  test('says when it is offline, and moves nothing while it loads', async () => {
    const { page } = await open()
    await signIn(page)
    await register(page, ['anna', 'bo'])
    await page.reload()
    await page.evaluate(`window.shift = 0; new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value
    }).observe({ type: 'layout-shift', buffered: true })`)
    await page.getByRole('list', { name: 'The plan' }).waitFor()
    await page.getByRole('rowheader', { name: 'bo' }).waitFor()
    const shift = async () => z.number().parse(await page.evaluate('window.shift'))
    const loading = await shift()
    process.stdout.write(`layout shift of a batch's page while it loads: ${loading.toFixed(3)}\n`)
    expect(loading).toBeLessThan(0.05)
    // The measure does see what moves.
    await page.evaluate(`document.getElementById('main').style.paddingTop = '300px'`)
    await until(async () => (await shift()) > loading + 0.05, { timeoutMs: 5_000, what: 'a shift to be seen' })
    await page.context().setOffline(true)
    await page.getByText('You are offline').waitFor()
    expect(await violations(page)).toEqual([])
    await page.context().setOffline(false)
    await page.getByText('You are offline').waitFor({ state: 'detached' })
  }, 90_000)

  for (const scheme of ['light', 'dark'] as const)
    test(`has nothing that axe objects to, on any page, wide and narrow, ${scheme}`, async () => {
      const { page } = await open({ scheme, width: scheme === 'light' ? 1280 : 390 })
      await answerByExample(page, url(), [
        '/v1/admin/dead-letters',
        '/v1/admin/dead-letters/groups',
        '/v1/admin/stuck-runs',
      ])
      const found: Record<string, readonly string[]> = {}
      const look = async (name: string) => {
        found[name] = await violations(page)
      }
      await look('sign in')
      await signIn(page, 'Administrator')
      await look('batches')
      await page.getByRole('button', { name: 'Register a batch' }).first().click()
      await look('registration')
      await page.keyboard.press('Escape')
      await register(page, ['anna', 'bo-fail-nlp'])
      await look('a new batch')
      await start(page, 'AI feedback')
      await reached(page, 'Completed, some failed')
      await look('a batch')
      await page.getByRole('button', { name: 'Retry what failed' }).click()
      await page.getByRole('dialog').getByRole('list', { name: 'The plan' }).waitFor()
      await look('retry')
      await page.keyboard.press('Escape')
      await page.getByRole('link', { name: 'Operations' }).click()
      await page.getByRole('button', { name: 'Look into it' }).waitFor()
      await look('operations')
      await page.getByRole('button', { name: 'Look into it' }).click()
      await page.getByRole('dialog').getByText('The record').first().waitFor()
      await look('dead letters')
      await page.keyboard.press('Escape')
      await page.goto(`${url()}#/nowhere`)
      await look('no such page')
      expect(found).toEqual(Object.fromEntries(Object.keys(found).map((name) => [name, []])))
      const wider = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
      expect(wider).toBe(false)
    }, 90_000)
})

import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { asError } from '../../shared/errors.ts'
import { open as openPage } from './browser.ts'
import { createEmbeddedProcess } from './embedded.ts'
import { reached, register, signIn, start } from './steps.ts'

const NAMES = 'anna bo cleo-fail-nlp dag elsa fred gun hugo ida jon kim lo mia nils ola-fail-spellcheck per'.split(' ')
const EARLIER = [
  { names: ['una', 'vera', 'wim'], pipeline: 'NLP' },
  { names: ['xara-fail-spellcheck', 'yngve', 'zoe', 'alva'], pipeline: 'AI feedback' },
]

export interface Shooting {
  readonly browser: Browser
  readonly scheme: 'light' | 'dark'
  /** Where the pictures go. */
  readonly folder: string
}

/** Makes the pictures of one look: the same story for each, in a process of its own. */
export const shoot = async ({ browser, scheme, folder }: Shooting): Promise<void> => {
  const baton = await createEmbeddedProcess({ SIMULATOR_PHASE_MS: '150' })
  try {
    await baton.start()
    const url = `http://127.0.0.1:${baton.port}/`
    const { page } = await openPage(browser, url, { scheme, height: 820, scale: 1.5 })
    const picture = async (name: string) => {
      await page.mouse.move(0, 0)
      await page.screenshot({ path: join(folder, `${name}-${scheme}.png`) })
    }
    await signIn(page, 'Administrator')
    for (const { names, pipeline } of EARLIER) {
      await register(page, names)
      await start(page, pipeline)
      await reached(page, 'Completed')
      await page.getByRole('link', { name: 'Batches' }).click()
    }
    await register(page, NAMES)
    await start(page, 'AI feedback')
    await page.locator('.leg:nth-child(2) .bar-good[style*="%"]:not([style*=" 0%"])').waitFor({ state: 'attached' })
    await page.evaluate(() => scrollTo(0, 0))
    await picture('batch')
    await page.getByRole('link', { name: 'Batches' }).click()
    await page.getByRole('table', { name: 'Batches' }).waitFor()
    await page.setViewportSize({ width: 390, height: 820 })
    await picture('phone')
    await page.setViewportSize({ width: 1280, height: 820 })
    await page.getByRole('link', { name: 'Operations' }).click()
    await page.locator('.plot canvas').nth(2).waitFor()
    // Two points make a line.
    for (let points = 0; points < 2; points++) await page.waitForResponse(/\/v1\/admin\/figures/)
    await picture('operations')
    await page.context().close()
  } catch (cause) {
    throw new Error(`no pictures (${asError(cause).message}) of a process that wrote: ${baton.output()}`, { cause })
  } finally {
    await baton.end()
  }
}

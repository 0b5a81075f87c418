import { type Browser, chromium, type Page } from 'playwright-core'

/** A page, and what the browser complained of while it was open. */
export interface Opened {
  readonly page: Page
  /** Errors of scripts, and whatever the content security policy stopped. */
  readonly complaints: readonly string[]
}

export interface OpenOptions {
  readonly scheme?: 'light' | 'dark'
  readonly width?: number
  readonly height?: number
  /** Pixels of a picture to one of the page. */
  readonly scale?: number
}

/** A Chromium without a window. As root it runs without its sandbox, which it then cannot have; it only sees our pages. */
export const launch = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 })

/** Each page has a profile of its own. */
export const open = async (browser: Browser, url: string, options: OpenOptions = {}): Promise<Opened> => {
  const { scheme = 'light', width = 1280, height = 900, scale = 1 } = options
  const context = await browser.newContext({
    viewport: { width, height },
    deviceScaleFactor: scale,
    colorScheme: scheme,
    reducedMotion: 'reduce',
    locale: 'en-GB',
  })
  context.setDefaultTimeout(30_000)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    // That a call failed is part of some tests; the page must then show it.
    const isNetwork = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !isNetwork) complaints.push(message.text())
  })
  await page.goto(url)
  return { page, complaints }
}

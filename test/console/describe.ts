import { afterAll, beforeAll } from 'bun:test'
import type { Browser } from 'playwright-core'
import { describeChromium } from '../support/chromium.ts'
import { launch, type Opened, type OpenOptions, open } from './browser.ts'
import { createEmbeddedProcess, type Embedded } from './embedded.ts'

/** A real browser, and everything behind it in one process. */
export interface Stage {
  /** The console's address, with a slash at its end. */
  url(): string
  baton(): Embedded
  /** The console in a profile of its own. */
  open(options?: OpenOptions): Promise<Opened>
}

const there = <Value>(value: Value | undefined): Value => {
  if (value === undefined) throw new Error('it has not been started')
  return value
}

export interface ConsoleTests {
  readonly name: string
  /** Fills what the process finds when it starts. */
  readonly prepare?: (baton: Embedded) => Promise<void>
}

/** Tests of the console. */
export const describeConsole = ({ name, prepare }: ConsoleTests, body: (stage: Stage) => void): void =>
  describeChromium(name, (executable) => {
    let browser: Browser | undefined
    let baton: Embedded | undefined

    beforeAll(async () => {
      baton = await createEmbeddedProcess()
      await prepare?.(baton)
      ;[browser] = await Promise.all([launch(executable), baton.start()])
    }, 90_000)
    afterAll(async () => {
      await Promise.all([browser?.close(), baton?.end()])
    })

    const url = () => `http://127.0.0.1:${there(baton).port}/`
    body({ url, baton: () => there(baton), open: (options) => open(there(browser), url(), options) })
  })

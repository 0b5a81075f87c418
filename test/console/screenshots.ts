/**
 * `npm run screenshots`: makes the pictures of the README and of docs/console.md anew, in a real Chromium, of a batch that is
 * really at work. Needs Chromium (on Debian: apt-get install chromium).
 */
import { join } from 'node:path'
import { launch } from './browser.ts'
import { shoot } from './shoot.ts'

const executable = Bun.which('chromium') ?? Bun.which('chromium-browser')
if (!executable) throw new Error('Chromium is not installed (on Debian: apt-get install chromium)')
const browser = await launch(executable)
try {
  const folder = join(import.meta.dir, '../../docs/images')
  for (const scheme of ['light', 'dark'] as const) await shoot({ browser, scheme, folder })
} finally {
  await browser.close()
}

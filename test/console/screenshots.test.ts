import { expect, test } from 'bun:test'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeChromium } from '../support/chromium.ts'
import { launch } from './browser.ts'
import { shoot } from './shoot.ts'

const DOCS = join(import.meta.dir, '../../docs/images')

/** Width and height of a PNG, from its header. */
const sizeOf = async (file: string) => {
  const bytes = await readFile(file)
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
}

describeChromium('the pictures of the pages', (executable) => {
  test.each(['light', 'dark'] as const)(
    'are made of a batch at work, all of them and of their size (%s)',
    async (scheme) => {
      const folder = await mkdtemp(join(tmpdir(), 'baton-pictures-'))
      const browser = await launch(executable)
      try {
        await shoot({ browser, scheme, folder })
        const made = (await readdir(folder)).sort()
        expect(made).toEqual((await readdir(DOCS)).filter((name) => name.endsWith(`-${scheme}.png`)).sort())
        for (const name of made) expect(await sizeOf(join(folder, name))).toEqual(await sizeOf(join(DOCS, name)))
      } finally {
        await browser.close()
        await rm(folder, { recursive: true })
      }
    },
    90_000,
  )
})

import { expect, test } from 'bun:test'
import type { FileChooser } from 'playwright-core'
import { until } from '../support/until.ts'
import { violations } from './axe.ts'
import { describeConsole } from './describe.ts'
import { register, signIn } from './steps.ts'

const file = (name: string, text = 'Once upon a time') => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) })

/** The files and the prompt of a batch, in a real browser against the whole in one process. */
describeConsole({ name: 'files in the console' }, ({ open }) => {
  test('are uploaded with the keyboard, and what is refused is told with its reason', async () => {
    const { page, complaints } = await open()
    const choosers: FileChooser[] = []
    // From the beginning: a browser that is told only now hands its choosers out a moment later, and shows the first to nobody.
    page.on('filechooser', (chooser) => choosers.push(chooser))
    await signIn(page)
    await register(page, ['anna', 'bo'])
    const button = page.getByRole('button', { name: 'Upload files' })
    const choose = async (files: readonly ReturnType<typeof file>[]) => {
      await button.press('Enter')
      const chooser = await until(() => choosers.shift(), { timeoutMs: 10_000, what: 'the chooser of files' })
      await chooser.setFiles([...files])
    }
    await choose([file('anna.txt'), file('song.mp3'), file('empty.txt', '')])
    await page.getByText('2 of 3 files refused').waitFor()
    const alert = page.getByRole('alert')
    expect(await alert.getByRole('listitem').allTextContents()).toEqual([
      "song.mp3: a file's name must end in .txt, .docx, .pdf",
      'empty.txt: the file has no bytes',
    ])
    const bar = page.getByRole('progressbar', { name: 'Upload' })
    expect(await bar.getAttribute('aria-valuetext')).toBe('1 of 3 succeeded, 2 failed')
    expect(await violations(page)).toEqual([])
    await choose([file('song.mp3')])
    await page.getByText('1 of 1 file refused').waitFor()
    // More than one part of an upload.
    await choose(Array.from({ length: 23 }, (_, n) => file(`scan-${n}.txt`)))
    await page.getByText('23 files stored').waitFor()
    expect(await bar.getAttribute('aria-valuenow')).toBe('23')
    expect(complaints).toEqual([])
  }, 90_000)

  test('a prompt is attached and replaced, and a refusal says why', async () => {
    const { page, complaints } = await open()
    await signIn(page)
    await register(page, ['anna'])
    const prompt = page.getByRole('textbox', { name: 'Prompt' })
    await prompt.fill('prompt-1')
    await page.getByRole('button', { name: 'Attach the prompt' }).click()
    await page.getByText('Later runs work with this prompt').waitFor()
    await prompt.fill('prompt-2')
    await page.getByRole('button', { name: 'Replace the prompt' }).click()
    await page.getByText('Later runs work with this prompt').waitFor()
    expect(await violations(page)).toEqual([])
    await prompt.fill('prompt-3')
    await page.route('**/prompt', (route) =>
      route.fulfill({
        status: 409,
        contentType: 'application/problem+json',
        json: {
          ...{ type: 'about:blank', title: 'Conflict', status: 409, code: 'CONFLICT', reason: 'run_active' },
          ...{ detail: 'A run of this batch is active.', correlation_id: 'c-1' },
        },
      }),
    )
    await page.getByRole('button', { name: 'Replace the prompt' }).click()
    await page.getByText('A run of this batch is active.').waitFor()
    expect(complaints).toEqual([])
  }, 90_000)
})

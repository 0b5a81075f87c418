import { expect, test } from 'bun:test'
import { z } from 'zod'
import { batchId } from '../../shared/ids.ts'
import { plantLetters } from '../support/planted-letters.ts'
import { violations } from './axe.ts'
import { describeConsole } from './describe.ts'
import type { Embedded } from './embedded.ts'
import { reached, register, signIn, start } from './steps.ts'

const Plan = z.looseObject({ phases: z.array(z.looseObject({})) })

const prepare = ({ folder }: Embedded) => plantLetters(folder, [batchId('planted-1'), batchId('planted-2')])

/** The console as people use it: a real browser, and everything behind it in one process. */
describeConsole({ name: 'the console', prepare }, ({ open, url, baton }) => {
  test('takes a batch from registration to its end, live, and shows what failed', async () => {
    const { page, complaints } = await open()
    await signIn(page)
    await register(page, ['anna', 'bo', 'cleo-fail-spellcheck'])
    await start(page, 'AI feedback')
    await reached(page, 'Completed, some failed')
    const spellcheck = page.getByRole('progressbar', { name: 'Spellcheck' })
    expect(await spellcheck.getAttribute('aria-valuetext')).toBe('2 of 3 succeeded, 1 failed')
    const feedback = page.getByRole('progressbar', { name: 'AI feedback' })
    expect(await feedback.getAttribute('aria-valuetext')).toBe('2 of 2 succeeded')
    expect(await page.locator('.live').textContent()).toBe('Live')
    const failed = page.getByRole('row', { name: /cleo-fail-spellcheck/ })
    await failed.getByText('Spellcheck service error').waitFor()
    expect(complaints).toEqual([])
  }, 90_000)

  test('says before the start what would run and why, and retries only what failed', async () => {
    const { page, complaints } = await open()
    await signIn(page)
    await register(page, ['anna', 'bo-fail-spellcheck'])
    const plan = page.getByRole('list', { name: 'The plan' })
    await plan.getByText('Needs an assignment.').first().waitFor()
    await page.getByRole('textbox', { name: 'Assignment' }).fill('a-1')
    await plan.getByText('Not done yet.').nth(2).waitFor()
    expect(await plan.locator('li').allTextContents()).toEqual([
      'RunSpellcheck, 2 essaysNot done yet.',
      'RunNLP, 2 essaysNot done yet.',
      'RunAI feedback, 2 essaysNot done yet.',
    ])
    await start(page, 'AI feedback')
    await reached(page, 'Completed, some failed')
    await page.getByRole('button', { name: 'Nothing to run' }).waitFor()
    await page.getByRole('button', { name: 'Retry what failed' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Once more for the essays that failed.').waitFor()
    expect((await dialog.locator('li').allTextContents())[0]).toBe(
      'RunSpellcheck, 1 essayOnce more for the essays that failed.',
    )
    await dialog.getByRole('button', { name: 'Retry' }).click()
    await page.getByText('(retry)').waitFor()
    await page.getByRole('heading', { name: 'Runs' }).locator('..').getByText('retry', { exact: true }).waitFor()
    expect(complaints).toEqual([])
  }, 90_000)

  test('a press is not lost when the plan comes in the middle of it', async () => {
    const { page } = await open()
    const gate = Promise.withResolvers<void>()
    await page.route('**/plans', async (route) => {
      const answer = await route.fetch()
      const { phases, ...plan } = Plan.parse(await answer.json())
      await gate.promise
      // The longest of the reasons.
      await route.fulfill({ json: { ...plan, phases: phases.map((one) => ({ ...one, reason: 'outcome_recorded' })) } })
    })
    await signIn(page)
    await register(page, ['anna', 'bo'])
    await page.getByRole('textbox', { name: 'Assignment' }).fill('a-1')
    const button = await page.getByRole('button', { name: 'Start', exact: true }).boundingBox()
    if (!button) throw new Error('no button')
    await page.mouse.move(button.x + 20, button.y + 20)
    await page.mouse.down()
    gate.resolve()
    await page.getByText('Done before.').first().waitFor()
    await page.mouse.up()
    await reached(page, 'Completed')
  }, 90_000)

  test('lists my batches by status, and keeps the filter in the address', async () => {
    const { page } = await open()
    await signIn(page)
    await page.getByRole('combobox', { name: 'Status' }).selectOption({ label: 'Cancelled' })
    await page.getByRole('heading', { name: 'No batch stands so now' }).waitFor()
    await page.getByRole('combobox', { name: 'Status' }).selectOption({ label: 'Completed, some failed' })
    await page.getByRole('table', { name: 'Batches' }).waitFor()
    expect(new Set(await page.locator('tbody .chip').allTextContents())).toEqual(new Set(['Completed, some failed']))
    await page.reload()
    await page.getByRole('table', { name: 'Batches' }).waitFor()
    expect(await page.getByRole('combobox', { name: 'Status' }).inputValue()).toBe('completed_with_failures')
  }, 90_000)

  test('keeps following a batch when its gateway dies in the middle and comes back', async () => {
    const { page, complaints } = await open()
    await signIn(page)
    // Whose outcome comes ten seconds late: the run is still under way whenever the gateway dies.
    await register(page, ['anna', 'bo-late-spellcheck'])
    await start(page, 'AI feedback')
    await reached(page, 'Running')
    await baton().kill()
    await page.getByText('Connection lost, trying again').waitFor()
    await baton().start()
    await reached(page, 'Completed')
    expect(await page.getByRole('progressbar', { name: 'AI feedback' }).getAttribute('aria-valuenow')).toBe('2')
    expect(complaints).toEqual([])
  }, 90_000)

  test('cancels a run after a question, and says so', async () => {
    const { page, complaints } = await open()
    await signIn(page)
    // Whose outcome never comes: the run goes on until it is cancelled.
    await register(page, ['anna', 'bo-lose-spellcheck'])
    await start(page, 'AI feedback')
    await reached(page, 'Running')
    await page.getByRole('button', { name: 'Cancel' }).click()
    const question = page.getByRole('alertdialog', { name: 'Cancel this run?' })
    expect(await violations(page)).toEqual([])
    await question.getByRole('button', { name: 'Yes, cancel' }).click()
    await reached(page, 'Cancelled')
    await question.waitFor({ state: 'detached' })
    expect(complaints).toEqual([])
  }, 90_000)

  test('shows an admin health, plots and dead letters, and redrives after a preview', async () => {
    const { page, complaints } = await open()
    await signIn(page, 'Administrator')
    await page.getByRole('link', { name: 'Operations' }).click()
    await page.getByText('Nothing is stuck.').waitFor()
    expect(await page.getByRole('heading', { level: 3 }).allTextContents()).toEqual([
      'Gateway',
      'Conductor',
      'Orchestrator',
    ])
    await page.locator('.plot canvas').nth(2).waitFor()
    await page.getByRole('row').filter({ hasText: 'the value is not JSON' }).getByText('1 of 1').waitFor()
    const group = page.getByRole('row').filter({ hasText: 'a bug' })
    await group.getByRole('button', { name: 'Look into it' }).click()
    await page.getByText('Would be redriven: 2').waitFor()
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Redrive 2 letters' }).click()
    await page.getByRole('button', { name: 'Nothing to redrive' }).waitFor()
    const letters = page.getByRole('dialog').getByRole('listitem').filter({ hasText: 'planted-' })
    const redriven = letters.filter({ hasText: 'redriven' })
    await redriven.nth(1).waitFor()
    expect(await redriven.count()).toBe(2)
    await letters.first().getByText('The record').click()
    await letters.first().locator('pre').filter({ hasText: 'handler_failed' }).waitFor()
    expect(complaints).toEqual([])
  }, 90_000)

  test('keeps operations from a teacher', async () => {
    const { page } = await open()
    await signIn(page)
    expect(await page.getByRole('link', { name: 'Operations' }).count()).toBe(0)
    await page.goto(`${url()}#/operations`)
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
  }, 90_000)

  test('loads less than 150 kB at first, compressed', async () => {
    const html = await (await fetch(url())).text()
    const files = [...html.matchAll(/(?:src|href)="(\/console\/[^"]+)"/g)].map(([, path = '']) => path)
    const sizes = await Promise.all(
      ['', ...files].map(async (path) => {
        const answer = await fetch(new URL(path, url()), {
          headers: { 'accept-encoding': 'gzip' },
          decompress: false,
        })
        expect(answer.status).toBe(200)
        return (await answer.arrayBuffer()).byteLength
      }),
    )
    const bytes = sizes.reduce((sum, size) => sum + size, 0)
    process.stdout.write(`first load of the console: ${(bytes / 1_000).toFixed(1)} kB compressed by gzip\n`)
    expect(files.length).toBeGreaterThanOrEqual(3)
    expect(bytes).toBeLessThan(150_000)
  })
})

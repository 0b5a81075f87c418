import type { Page } from 'playwright-core'

/** What a person does, by what a person (or a screen reader) finds on the page. */

export const signIn = async (page: Page, role: 'Teacher' | 'Administrator' = 'Teacher'): Promise<void> => {
  await page.getByText(role, { exact: true }).click()
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('heading', { name: 'Batches', level: 1 }).waitFor()
}

export const register = async (page: Page, names: readonly string[]): Promise<void> => {
  await page.getByRole('button', { name: 'Register a batch' }).first().click()
  await page.getByRole('textbox', { name: 'One name a line' }).fill(names.join('\n'))
  await page.getByRole('button', { name: 'Register', exact: true }).click()
  await page.getByRole('heading', { name: 'Ask for a pipeline' }).waitFor()
  // A new page takes the focus to its heading, a moment after it is there: whoever types before that types at nothing.
  await page.locator('h1:focus').waitFor()
}

export const start = async (page: Page, pipeline: string): Promise<void> => {
  await page.getByRole('radio', { name: pipeline }).first().check({ force: true })
  await page.getByRole('textbox', { name: 'Assignment' }).fill('a-1')
  await page.getByRole('button', { name: 'Start', exact: true }).click()
}

/** Waits until the batch's status reads so; what the page shows instead is in the error. */
export const reached = async (page: Page, status: string): Promise<void> => {
  try {
    await page.locator('.page-actions .chip', { hasText: status }).waitFor()
  } catch (cause) {
    throw new Error(`the batch is not "${status}" on: ${await page.getByRole('main').textContent()}`, { cause })
  }
}

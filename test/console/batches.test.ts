import { expect, test } from 'bun:test'
import { z } from 'zod'
import { createBaton } from '../../console/client/client.ts'
import { violations } from './axe.ts'
import { describeConsole } from './describe.ts'

const Token = z.object({ access_token: z.string() })

describeConsole({ name: 'the list of batches' }, ({ open, url }) => {
  test("shows an admin the organisation's batches when asked to, and more than one answer may hold", async () => {
    const tokenOf = async (user_id: string, roles: readonly string[]): Promise<string> => {
      const body = JSON.stringify({ user_id, org_id: 'school-1', roles })
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(new URL('/dev/token', url()), { method: 'POST', headers, body })
      return Token.parse(await answer.json()).access_token
    }
    const admin = await tokenOf('the-head', ['teacher', 'admin'])
    const bo = await tokenOf('bo', ['teacher'])
    const teacher = createBaton({ baseUrl: new URL(url()).origin, token: () => bo })
    for (let n = 0; n < 104; n++) await teacher.register({ expected_essay_count: 1, course_code: 'ENG5' })

    const { page, complaints } = await open()
    await page.evaluate(
      (token) => sessionStorage.setItem('baton-session', JSON.stringify({ token, kind: 'pasted' })),
      admin,
    )
    await page.reload()
    await page.getByRole('heading', { name: 'No batches yet' }).waitFor()
    await page.getByRole('combobox', { name: 'Of' }).selectOption({ label: 'My organisation' })
    const rows = page.locator('tbody tr')
    for (const shown of [20, 40, 80]) {
      await rows.nth(shown - 1).waitFor()
      expect(await rows.count()).toBe(shown)
      await page.getByRole('button', { name: 'Show more' }).click()
    }
    await rows.nth(103).waitFor()
    expect(await rows.count()).toBe(104)
    await page.getByRole('button', { name: 'Show more' }).waitFor({ state: 'detached' })
    expect(await violations(page)).toEqual([])
    await page.reload()
    await rows.nth(19).waitFor()
    expect(await page.getByRole('combobox', { name: 'Of' }).inputValue()).toBe('organisation')
    expect(complaints).toEqual([])
  }, 90_000)
})

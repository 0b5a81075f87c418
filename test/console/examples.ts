import type { Page } from 'playwright-core'
import { z } from 'zod'

const Document = z.object({
  paths: z.record(
    z.string(),
    z.object({
      get: z.object({
        responses: z.object({ 200: z.object({ content: z.record(z.string(), z.object({ example: z.unknown() })) }) }),
      }),
    }),
  ),
})

/** What cannot be had at will, such as dead letters: the gateway's document shows an example, and these paths answer with it. */
export const answerByExample = async (page: Page, url: string, paths: readonly string[]): Promise<void> => {
  const whole = z
    .looseObject({ paths: z.record(z.string(), z.unknown()) })
    .parse(await (await fetch(new URL('/openapi.json', url))).json())
  const chosen = Object.fromEntries(paths.map((path) => [path, whole.paths[path]]))
  const document = Document.parse({ paths: chosen })
  for (const path of paths) {
    const json = document.paths[path]?.get.responses[200].content['application/json']?.example
    await page.route(
      (at) => at.pathname === path,
      (route) => route.fulfill({ json }),
    )
  }
}

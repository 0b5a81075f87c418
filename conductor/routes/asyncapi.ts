import { asyncApiDocument } from '../../shared/contracts/asyncapi.ts'
import type { App } from '../../shared/http/app.ts'
import { PROJECTED_TOPICS } from '../projections/index.ts'

/** The log's messages as a document, beside the HTTP API's; it tells no secret, and so needs no key. */
export const asyncApi = (app: App, { version }: { readonly version: string }): void => {
  let document: object | undefined
  app.get('/asyncapi.json', (c) => {
    // Made when somebody asks: a quarter of what it takes to put the conductor together, measured.
    document ??= asyncApiDocument({ version, receives: PROJECTED_TOPICS })
    return c.json(document)
  })
}

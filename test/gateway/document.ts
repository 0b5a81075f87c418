import { z } from 'zod'
import { gateway } from './support.ts'

const Document = z.looseObject({ openapi: z.literal('3.1.0'), paths: z.record(z.string(), z.unknown()) })

/** The gateway's OpenAPI document, as it serves it. */
export const gatewayDocument = async (): Promise<string> => {
  const text = await (await gateway().app.request('/openapi.json')).text()
  Document.parse(JSON.parse(text))
  return text
}

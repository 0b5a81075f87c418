import { z } from 'zod'
import { gatewayDocument } from '../document.ts'

/** What the served OpenAPI document promises, read for tests. */

const Media = z.object({ schema: z.record(z.string(), z.unknown()), example: z.unknown().optional() })
const Content = z.record(z.string(), Media)
const Operation = z.object({
  requestBody: z.object({ content: Content }).optional(),
  responses: z.record(z.string(), z.object({ content: Content.optional() })),
})
const Document = z.object({
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
})
export type Content = z.infer<typeof Content>

/** One route of the document, as a test asks for it. */
export interface Documented {
  /** Method and path, as it is named. */
  readonly name: string
  readonly method: string
  readonly path: string
  /** The document's example of its JSON body; undefined where it takes none. */
  readonly body: unknown
  /** By status, what its answers may hold. */
  readonly responses: ReadonlyMap<string, Content | undefined>
}

export const text = await gatewayDocument()
const { paths, components } = Document.parse(JSON.parse(text))

export const documented: readonly Documented[] = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { requestBody, responses }]) => ({
    name: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase(),
    path,
    body: requestBody?.content['application/json']?.example,
    responses: new Map(Object.entries(responses).map(([status, { content }]) => [status, content])),
  })),
)

/** The document's example of an answer. */
export const exampleOf = (path: string, method: string, status = '200'): unknown =>
  structuredClone(paths[path]?.[method]?.responses[status]?.content?.['application/json']?.example)

const pointed = (schema: unknown): unknown =>
  JSON.parse(JSON.stringify(schema).replaceAll('#/components/schemas/', '#/$defs/'))

/** The document's schema of a body; its components stand beside it, where JSON Schema looks for them. */
export const schemaOf = (schema: object) =>
  z.fromJSONSchema(
    z.record(z.string(), z.unknown()).parse({ ...Object(pointed(schema)), $defs: pointed(components.schemas) }),
  )

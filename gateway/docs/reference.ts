import { html } from 'hono/html'
import { z } from 'zod'
import { type Html, page } from './page.ts'

const Media = z.object({
  example: z.unknown().optional(),
  examples: z.record(z.string(), z.object({ value: z.unknown() })).optional(),
})
const Content = z.record(z.string(), Media).optional()
const Parameter = z.object({
  name: z.string(),
  in: z.string(),
  required: z.boolean().optional(),
  description: z.string().optional(),
  schema: z.object({ description: z.string().optional(), type: z.string().optional() }).optional(),
})
const Operation = z.object({
  summary: z.string().default(''),
  description: z.string().default(''),
  security: z.array(z.record(z.string(), z.array(z.string()))).default([]),
  parameters: z.array(Parameter).default([]),
  requestBody: z.object({ content: Content }).optional(),
  responses: z.record(z.string(), z.object({ description: z.string(), content: Content })),
})
const Document = z.object({
  info: z.object({ title: z.string(), description: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
})
type Operation = z.infer<typeof Operation>

const pretty = (value: unknown) => html`<pre><code>${JSON.stringify(value, null, 2)}</code></pre>`

const bodies = (content: z.infer<typeof Content>): readonly (Html | Promise<Html>)[] =>
  Object.values(content ?? {}).flatMap(({ example, examples }) =>
    (example === undefined ? Object.values(examples ?? {}).map(({ value }) => value) : [example]).map(pretty),
  )

const section = (method: string, path: string, operation: Operation) => {
  const { summary, description, security, parameters, requestBody, responses } = operation
  const needs = security.flatMap((entry) => Object.values(entry).flat())
  const rows = parameters.map(
    ({ name, in: where, required, description: what, schema }) =>
      html`<tr><td><code>${name}</code></td><td>${where}${required ? ', needed' : ''}</td>
<td>${what ?? schema?.description ?? ''}</td></tr>`,
  )
  const answers = Object.entries(responses).map(
    ([status, answer]) =>
      html`<details><summary>${status} ${answer.description}</summary>${bodies(answer.content)}</details>`,
  )
  return html`<section id="${method} ${path}"><h2><code>${method.toUpperCase()} ${path}</code></h2>
<p><strong>${summary}</strong></p><p>${description}</p>
${needs.length > 0 ? html`<p>Needs ${needs.join(', ')}.</p>` : ''}
${rows.length > 0 ? html`<table><tr><th>Parameter</th><th>In</th><th></th></tr>${rows}</table>` : ''}
${requestBody ? html`<h3>Body</h3>${bodies(requestBody.content)}` : ''}
<h3>Answers</h3>${answers}</section>`
}

/** The document to read and to print: no script, one answer. */
export const referencePage = (document: unknown) => {
  const { info, paths } = Document.parse(document)
  const sections = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => section(method, path, operation)),
  )
  return page('Reference', html`<p>${info.description}</p>${sections}`)
}

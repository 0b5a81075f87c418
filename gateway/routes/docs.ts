import { swaggerUI } from '@hono/swagger-ui'
import { html } from 'hono/html'
import type { App } from '../../shared/http/app.ts'
import { CODES } from '../../shared/http/codes.ts'
import { ProblemError } from '../../shared/http/problem.ts'
import type { GatewayEnv } from '../env.ts'
import type { GatewayDeps } from '../ports.ts'

const INFO = {
  title: 'Baton',
  version: '1',
  description: 'Register batches of essays, ask for pipelines, and see what becomes of every essay.',
}

/** Swagger UI sets styles on elements; scripts come from our own files only. */
const DOCS_POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"

const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', persistAuthorization: true })`

const page = (title: string, body: unknown) => html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title></head>
<body>${body}</body>
</html>`

/** The API's document, and pages that show it without anything from elsewhere. */
export const docs = (app: App<GatewayEnv>, { asset }: Pick<GatewayDeps, 'asset'>): void => {
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
  })
  app.doc31('/openapi.json', { openapi: '3.1.0', info: INFO })

  const manuallySwaggerUIHtml = () =>
    `<link rel="stylesheet" href="/docs/assets/swagger-ui.css"><div id="docs"></div>` +
    `<script src="/docs/assets/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script>`
  app.use('/docs', async (c, next) => {
    c.header('content-security-policy', DOCS_POLICY)
    await next()
  })
  app.get('/docs', swaggerUI({ url: '/openapi.json', title: 'Baton', manuallySwaggerUIHtml }))
  app.get('/docs/start.js', (c) => c.body(START, 200, { 'content-type': 'text/javascript' }))
  app.get('/docs/assets/:name', async (c) => {
    const file = await asset(c.req.param('name'))
    if (file) return file
    throw new ProblemError({ code: 'RESOURCE_NOT_FOUND', detail: 'There is no such file.' })
  })

  app.get('/docs/errors', (c) => {
    c.header('content-security-policy', DOCS_POLICY)
    const rows = Object.entries(CODES).map(
      ([code, { status, title }]) =>
        html`<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${title}</td></tr>`,
    )
    return c.html(page('Errors of Baton', html`<h1>Errors</h1><table>${rows}</table>`))
  })
}

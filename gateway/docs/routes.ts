import { swaggerUI } from '@hono/swagger-ui'
import type { App } from '../../shared/http/app.ts'
import { ProblemError } from '../../shared/http/problem.ts'
import { deprecations } from '../deprecation.ts'
import type { GatewayEnv } from '../env.ts'
import type { GatewayDeps } from '../ports.ts'
import { authPage } from './auth.ts'
import { errorsPage } from './errors.ts'
import { limitsPage } from './limits.ts'
import { redocPage } from './redoc.ts'
import { referencePage } from './reference.ts'
import { versioningPage } from './versioning.ts'

const DOCUMENT = {
  openapi: '3.1.0',
  info: {
    title: 'Baton',
    version: '1',
    description: 'Register batches of essays, ask for pipelines, and see what becomes of every essay.',
  },
  externalDocs: { url: '/docs/errors', description: 'Errors, limits, sign-in and versions' },
} as const

/** Swagger UI and Redoc set styles on elements, and Redoc searches in a worker; scripts come from our own files only. */
const DOCS_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; worker-src blob:; frame-ancestors 'none'"

const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', persistAuthorization: true })`
const START_REDOC = `Redoc.init('/openapi.json', { hideDownloadButton: false }, document.getElementById('redoc'))`

/** What is made when it is first asked for, and kept. */
const lazily = <Value>(make: () => Value): (() => Value) => {
  let kept: { readonly value: Value } | undefined
  return () => {
    kept ??= { value: make() }
    return kept.value
  }
}

/** The API's document, and pages that show it without anything from elsewhere. */
export const docs = (app: App<GatewayEnv>, { asset, limiter }: Pick<GatewayDeps, 'asset' | 'limiter'>): void => {
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'A JWT of the identity service: see /docs/auth. The names are the scope and the roles, one of which is needed.',
  })
  // Each time anew they took 20 ms, measured, of anybody who asks; no route is added after the first request.
  const document = lazily(() => app.getOpenAPI31Document(DOCUMENT))
  const text = lazily(() => JSON.stringify(document()))
  const reference = lazily(() => referencePage(document()))
  app.get('/openapi.json', (c) => c.body(text(), 200, { 'content-type': 'application/json' }))

  for (const path of ['/docs', '/docs/*', '/redoc'])
    app.use(path, async (c, next) => {
      c.header('content-security-policy', DOCS_POLICY)
      await next()
    })
  const manuallySwaggerUIHtml = () =>
    `<link rel="stylesheet" href="/docs/assets/swagger-ui.css"><div id="docs"></div>` +
    `<script src="/docs/assets/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script>`
  app.get('/docs', swaggerUI({ url: '/openapi.json', title: 'Baton', manuallySwaggerUIHtml }))
  app.get('/docs/start.js', (c) => c.body(START, 200, { 'content-type': 'text/javascript' }))
  app.get('/docs/assets/:name', async (c) => {
    const file = await asset(c.req.param('name'))
    if (file) return file
    throw new ProblemError({ code: 'RESOURCE_NOT_FOUND', detail: 'There is no such file.' })
  })

  app.get('/redoc', async (c) =>
    (await asset('redoc.standalone.js')) ? c.html(redocPage()) : c.redirect('/docs/reference'),
  )
  app.get('/docs/start-redoc.js', (c) => c.body(START_REDOC, 200, { 'content-type': 'text/javascript' }))
  app.get('/docs/reference', (c) => c.html(reference()))
  app.get('/docs/errors', (c) => c.html(errorsPage()))
  app.get('/docs/limits', (c) => c.html(limitsPage(limiter)))
  app.get('/docs/auth', (c) => c.html(authPage()))
  app.get('/docs/versioning', (c) => c.html(versioningPage(deprecations(app))))
}

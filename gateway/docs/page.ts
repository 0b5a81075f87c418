import { html } from 'hono/html'

/** HTML that is safe to put into a page: what comes from data was escaped by `html`. */
export type Html = ReturnType<typeof html>

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid #8884 }
pre { overflow-x: auto; padding: .8rem; background: #8882; border-radius: .4rem }
nav a { margin-right: 1rem }
`

/** A page of the documentation. Its style stands in it, so that it is one answer and needs nothing from elsewhere. */
export const page = (title: string, body: Html | Promise<Html>) => html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title} · Baton</title>
<style>${STYLE}</style></head>
<body><nav><a href="/docs">Try it</a><a href="/redoc">Redoc</a><a href="/docs/reference">Reference</a><a href="/docs/auth">Sign-in</a>
<a href="/docs/limits">Limits</a><a href="/docs/errors">Errors</a><a href="/docs/versioning">Versions</a></nav>
<main><h1>${title}</h1>${body}</main></body>
</html>`

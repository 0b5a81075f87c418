import { html } from 'hono/html'

/** The document in Redoc, whose bundle is one of our own files. Without script there is the plain reference. */
export const redocPage = () => html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Reference · Baton</title>
<style>body { margin: 0 }</style></head>
<body><div id="redoc"></div>
<noscript><a href="/docs/reference">The reference without script</a></noscript>
<script src="/docs/assets/redoc.standalone.js"></script><script src="/docs/start-redoc.js"></script></body>
</html>`

import { html } from 'hono/html'
import { CODES } from '../../shared/http/codes.ts'
import { page } from './page.ts'

/** Where the `type` of every problem points to. */
export const errorsPage = () => {
  const rows = Object.entries(CODES).map(
    ([code, { status, title, advice }]) =>
      html`<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${title}</td><td>${advice}</td></tr>`,
  )
  return page(
    'Errors',
    html`<p>Every answer that is no success is <code>application/problem+json</code> (RFC 9457), also for browsers of other
origins. Decide by <code>code</code> and <code>reason</code>, which do not change; <code>title</code> and
<code>detail</code> are for people and may. Pointers in <code>errors[]</code> lead into the body (RFC 6901); those that
begin with <code>#query</code>, <code>#path</code> or <code>#header</code> lead to a parameter.</p>
<table><tr><th>Code</th><th>Status</th><th>What</th><th>What to do</th></tr>${rows}</table>`,
  )
}

import { html } from 'hono/html'
import type { LimiterDeps } from '../limits/middleware.ts'
import type { Limit } from '../limits/port.ts'
import { page } from './page.ts'

const KINDS = [
  ['pipelines', 'Asking for a pipeline'],
  ['status', 'Reading the status of a batch'],
  ['uploads', 'Uploading files, each time as many as an upload may have'],
  [
    'default',
    'Every other route, each by itself; by address also what could not sign in, is too large or has no route',
  ],
  ['organisation', 'All calls of an organisation together'],
] as const

const row = (what: string, { perMinute, burst }: Limit) =>
  perMinute === 0
    ? html`<tr><td>${what}</td><td colspan="2">no limit</td></tr>`
    : html`<tr><td>${what}</td><td>${perMinute}</td><td>${burst}</td></tr>`

/** The numbers are those of the running configuration. */
export const limitsPage = ({ limits, factors }: Pick<LimiterDeps, 'limits' | 'factors'>) => {
  const rows = KINDS.map(([kind, what]) => row(what, limits[kind]))
  const roles = Object.entries(factors).map(([role, factor]) => html`<li><code>${role}</code>: ${factor} times</li>`)
  return page(
    'Limits',
    html`<p>Calls are counted by user and route, whatever batch the path names. A budget fills at a steady rate up to its
burst. A call that is refused costs nothing; one that is invalid counts. Health, readiness and metrics are never limited.</p>
<table><tr><th>What</th><th>A minute</th><th>At once</th></tr>${rows}</table>
<p>Some roles may call more often, and their calls take so much less out of their organisation's budget:</p><ul>${roles.length > 0 ? roles : html`<li>none</li>`}</ul>
<p>Every answer says what is left: <code>RateLimit: "status";r=49;t=2</code> is 49 calls now, and all of them again in 2
seconds; <code>RateLimit-Policy: "status";q=50;w=60</code> is 50 in 60 seconds. A refusal is a
<a href="/docs/errors#RATE_LIMIT">429</a> with <code>Retry-After</code> in seconds.</p>`,
  )
}

import { html } from 'hono/html'
import type { Notice } from '../deprecation.ts'
import { page } from './page.ts'

/** The routes are those of the running app that declare their end. */
export const versioningPage = (deprecations: ReadonlyMap<string, Notice>) => {
  const rows = [...deprecations].map(
    ([route, { since, sunset, link, successor }]) =>
      html`<tr><td><code>${route}</code></td><td>${since}</td><td>${sunset}</td>
<td><code>${successor ?? ''}</code></td><td><a href="${link}">what to do</a></td></tr>`,
  )
  const table = html`<table><tr><th>Route</th><th>Deprecated since</th><th>Answers until</th><th>Instead</th><th></th></tr>${rows}</table>`
  return page(
    'Versions',
    html`<p>The first part of the path is the version: <code>/v1</code>. Within it nothing is taken away: answers may get
further fields, lists of codes further entries, requests further optional fields. Clients ignore what they do not know.</p>
<p>What breaks clients comes as <code>/v2</code> beside it. The routes that will go are <code>deprecated</code> in the
<a href="/openapi.json">document</a>, and all of their answers, refusals too, say so in headers that scripts of other origins
can read:</p>
<pre>Deprecation: @1798761600
Sunset: Thu, 01 Jul 2027 00:00:00 GMT
Link: &lt;/docs/versioning&gt;; rel="deprecation"; type="text/html", &lt;/v2/...&gt;; rel="successor-version"</pre>
<ul><li><code>Deprecation</code> (RFC 9745): since when, in Unix seconds. The route works as before; use it for nothing new.</li>
<li><code>Sunset</code> (RFC 8594): until when it answers, at least six months later. After that it is a 404.</li>
<li><code>Link</code>: the page that says what to do, and the route that takes its place.</li></ul>
<p>Log these headers where you see them: that is all the warning that a client needs.</p>
<h2>What will go</h2>${rows.length > 0 ? table : html`<p>Nothing: no route is deprecated now.</p>`}
<p>Every answer under <code>/v1</code> names the version of the service in <code>API-Version</code>.</p>
<h2>What there is not</h2><p>A batch cannot be deleted: what was commanded is on its way to other services, and the log keeps
it for its time. The state of a batch expires by itself after its last change, and until then it can be read.</p>`,
  )
}

import { html } from 'hono/html'
import { page } from './page.ts'

export const versioningPage = () =>
  page(
    'Versions',
    html`<p>The first part of the path is the version: <code>/v1</code>. Within it nothing is taken away: answers may get
further fields, lists of codes further entries, requests further optional fields. Clients ignore what they do not know.</p>
<p>What breaks clients comes as <code>/v2</code> beside it. The routes of the older version then answer with
<code>Deprecation</code> (RFC 9745: since when) and <code>Sunset</code> (RFC 8594: until when, at least six months), and a
<code>Link</code> to what takes their place. No route carries them now.</p>
<p>Every answer under <code>/v1</code> names the version of the service in <code>API-Version</code>.</p>
<h2>What there is not</h2><p>A batch cannot be deleted: what was commanded is on its way to other services, and the log keeps
it for its time. The state of a batch expires by itself after its last change, and until then it can be read.</p>`,
  )

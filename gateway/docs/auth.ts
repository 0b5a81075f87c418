import { html } from 'hono/html'
import { SCOPES } from '../sign-in/roles.ts'
import { page } from './page.ts'

const ROLES = {
  teacher: 'Sees and changes what is theirs. The role of a token that names none.',
  admin: "Also sees what is their organisation's, and has the routes of operations.",
  service: 'A program: sees every batch, and changes what it registered itself.',
} as const

export const authPage = () => {
  const roles = Object.entries(ROLES).map(
    ([name, what]) => html`<tr><td><code>${name}</code></td><td>${what}</td></tr>`,
  )
  const scopes = Object.entries(SCOPES).map(
    ([name, what]) => html`<tr><td><code>${name}</code></td><td>${what}</td></tr>`,
  )
  return page(
    'Sign-in',
    html`<p>Send <code>Authorization: Bearer TOKEN</code> with every call under <code>/v1</code>. The token is a JWT of the
identity service, signed with the configured kind of key and no other: HS256 with a shared secret, or RS256, ES256 and kin
with a public key or the keys that the identity service publishes. It needs <code>sub</code> (1 to
255 printable ASCII characters), <code>exp</code>, <code>iss</code> and <code>aud</code>; the organisation is <code>org_id</code>, <code>org</code> or
<code>organization_id</code>.</p>
<p>A refusal is a <a href="/docs/errors#AUTHENTICATION_ERROR">401</a> whose <code>reason</code> says what is wrong. On
<code>token_expired</code> get a new token and repeat.</p>
<h2>Roles</h2><p>From the claim <code>roles</code>, a list.</p><table>${roles}</table>
<h2>Scopes</h2><p>A token may be limited further by <code>scope</code> (a text with spaces) or <code>scp</code> (a list).
One without has all that its roles give.</p><table>${scopes}</table>
<h2>OAuth</h2><p>This service takes tokens and gives none. An identity provider that speaks OAuth 2 or OpenID Connect is
connected by its key set (<code>JWKS_URL</code>), <code>JWT_ISSUER</code> and <code>JWT_AUDIENCE</code>; where its tokens
do not fit, exchange them (RFC 8693) before this service, and let the exchange sign what stands above.</p>
<h2>Development</h2><p>With <code>AUTH_MODE=dev</code>, on loopback only, <code>POST /dev/token</code> with
<code>{"user_id": "ada"}</code> gives a token for anyone.</p>`,
  )
}

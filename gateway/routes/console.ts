import type { App } from '../../shared/http/app.ts'
import { ProblemError } from '../../shared/http/problem.ts'
import type { GatewayEnv } from '../env.ts'
import type { ConsoleFiles } from '../ports.ts'

/** Scripts and calls go to our own origin only; of styles, also those that carry this answer's nonce. */
const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ')

export interface ConsoleDeps {
  readonly files: ConsoleFiles
  /** How the page can sign in: as anybody, or with a token that somebody else gave. */
  readonly signIn: 'dev' | 'token'
}

/** The page for people. It has no rights of its own: it calls the API like any other client. */
export const consolePage = (app: App<GatewayEnv>, { files, signIn }: ConsoleDeps): void => {
  app.get('/', async (c) => {
    const nonce = crypto.randomUUID()
    const page = (await files.page()).replace('%SIGN_IN%', signIn).replace('%NONCE%', nonce)
    return c.html(page, 200, { 'content-security-policy': policy(nonce), 'cache-control': 'no-cache' })
  })
  app.get('/console/:name', async (c) => {
    const file = await files.asset(c.req.param('name'), c.req.header('accept-encoding') ?? '')
    if (file) return file
    throw new ProblemError({ code: 'RESOURCE_NOT_FOUND', detail: 'There is no such file.' })
  })
}

/**
 * `bun run token --user U [--org O] [--role R]... [--hours 12]`: prints a token for the Authorization header, signed with
 * JWT_SECRET, JWT_SECRET_FILE or what `bun run secrets` made.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { gatewayFields } from '../gateway/config.ts'
import { createTokenSigner } from '../gateway/sign-in/sign.ts'
import { parseEnvironment } from '../shared/config.ts'
import { asError } from '../shared/errors.ts'

const MADE = join(import.meta.dir, '../.secrets/jwt_secret')
const { JWT_SECRET, JWT_ISSUER, JWT_AUDIENCE } = gatewayFields

try {
  const { values } = parseArgs({
    options: {
      user: { type: 'string' },
      org: { type: 'string' },
      role: { type: 'string', multiple: true, default: [] },
      hours: { type: 'string', default: '12' },
    },
  })
  const hours = Number(values.hours)
  if (!values.user || !(hours > 0))
    throw new Error('usage: bun run token --user U [--org O] [--role R]... [--hours 12]')
  const { JWT_SECRET: set, JWT_SECRET_FILE: file } = process.env
  const made = !set && !file && existsSync(MADE) ? { JWT_SECRET_FILE: MADE } : {}
  const config = parseEnvironment(z.object({ JWT_SECRET: JWT_SECRET.unwrap(), JWT_ISSUER, JWT_AUDIENCE }), {
    ...process.env,
    ...made,
  })
  const sign = createTokenSigner({
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    secret: config.JWT_SECRET,
    clock: Date.now,
  })
  const user = { userId: values.user, orgId: values.org ?? null, roles: values.role }
  process.stdout.write(`${await sign(user, Math.round(hours * 3_600))}\n`)
} catch (thrown) {
  process.stderr.write(`${asError(thrown).message}\n`)
  process.exit(1)
}

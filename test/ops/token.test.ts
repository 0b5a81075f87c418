import { expect, test } from 'bun:test'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt, jwtVerify } from 'jose'
import { makeSecrets } from '../../ops/make-secrets.ts'
import { output } from '../support/tools.ts'

const command = (name: string, ...args: string[]) => [
  process.execPath,
  join(import.meta.dir, `../../ops/${name}.ts`),
  ...args,
]
const SECRET = 'a-secret-of-more-than-32-characters-in-all'

test('the token command signs for whoever is named, with the secret of a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'baton-token-'))
  await writeFile(join(folder, 'jwt'), `${SECRET}\n`)
  const env = { JWT_SECRET_FILE: join(folder, 'jwt') }
  const { code, text } = await output(command('token', '--user', 'ada', '--org', 'north', '--role', 'teacher'), env)
  expect(code).toBe(0)
  const key = new TextEncoder().encode(SECRET)
  const options = { issuer: 'huleedu-identity-service', audience: 'huleedu-platform', algorithms: ['HS256'] }
  const { payload } = await jwtVerify(text.trim(), key, options)
  expect(payload).toMatchObject({ sub: 'ada', org_id: 'north', roles: ['teacher'] })
  await rm(folder, { recursive: true })
})

test('it lasts as long as it is told to', async () => {
  const { text } = await output(command('token', '--user', 'ada', '--hours', '2'), { JWT_SECRET: SECRET })
  const { iat = 0, exp = 0 } = decodeJwt(text.trim())
  expect(exp - iat).toBe(2 * 3_600)
})

test.each([
  ['nobody', [], { JWT_SECRET: SECRET }, 'usage: bun run token --user U'],
  ['an option that it does not know', ['--admin'], { JWT_SECRET: SECRET }, "Unknown option '--admin'"],
  ['a secret that is too short', ['--user', 'ada'], { JWT_SECRET: 'short' }, 'JWT_SECRET: must have 32 characters'],
])('it says what is wrong with %s', async (_, args, env, message) => {
  const { code, text } = await output(command('token', ...args), env)
  expect(code).toBe(1)
  expect(text).toContain(message)
})

test('secrets are made once, all different, in a folder that only their owner can enter', async () => {
  const folder = join(await mkdtemp(join(tmpdir(), 'baton-secrets-')), 'made')
  const made = await output(command('secrets', folder))
  expect(made.text).toContain('jwt_secret')
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
  const values = await Promise.all(
    makeSecrets(join(folder, 'other')).map((name) => Bun.file(join(folder, name)).text()),
  )
  expect(new Set(values).size).toBe(values.length)
  expect(Math.min(...values.map(({ length }) => length))).toBeGreaterThanOrEqual(64)
  expect((await output(command('secrets', folder))).text).toContain('already')
  await rm(folder, { recursive: true })
})

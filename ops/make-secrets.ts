import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { asError } from '../shared/errors.ts'

/** Each secret of `compose.yaml` by its file's name. */
const makers = (): Readonly<Record<string, string>> => {
  const postgres = secret()
  return {
    internal_api_key: secret(),
    jwt_secret: secret(),
    redis_password: secret(),
    redis_admin_password: secret(),
    postgres_password: postgres,
    database_url: `postgres://baton:${postgres}@postgres:5432/baton`,
    grafana_password: secret(),
  }
}

const secret = (): string => randomBytes(32).toString('hex')

/**
 * Makes the secrets that are not there yet, and says which it made. Nobody but the owner can enter the folder; the files
 * themselves are readable, since each container reads its own as another user.
 */
export const makeSecrets = (folder: string): readonly string[] => {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return Object.entries(makers()).flatMap(([name, value]) => {
    try {
      writeFileSync(join(folder, name), value, { flag: 'wx', mode: 0o444 })
      return [name]
    } catch (thrown) {
      if (Reflect.get(asError(thrown), 'code') === 'EEXIST') return []
      throw thrown
    }
  })
}

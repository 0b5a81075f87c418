import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { ConfigError } from '../shared/config.ts'
import { asError } from '../shared/errors.ts'

const Secrets = z.object({ jwt_secret: z.string().min(32), internal_api_key: z.string().min(16) })
export type Secrets = z.infer<typeof Secrets>

/**
 * Secrets for one machine, made at the first start and kept beside the state, so that tokens outlive a restart. Only their
 * owner can read the file. Throws a ConfigError when it cannot be read or written.
 */
export const keptSecrets = (folder: string): Secrets => {
  const path = join(folder, 'secrets.json')
  try {
    mkdirSync(folder, { recursive: true })
    const made = { jwt_secret: randomBytes(32).toString('hex'), internal_api_key: randomBytes(16).toString('hex') }
    try {
      // `wx`: of two processes that start together one makes it, and both read the same.
      writeFileSync(path, JSON.stringify(made), { flag: 'wx', mode: 0o600 })
    } catch (thrown) {
      if (Reflect.get(asError(thrown), 'code') !== 'EEXIST') throw thrown
    }
    return Secrets.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (cause) {
    throw new ConfigError(`DATA_DIR: ${path} cannot be used: ${asError(cause).message}`, { cause })
  }
}

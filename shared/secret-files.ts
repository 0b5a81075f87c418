import { readFileSync } from 'node:fs'
import { asError } from './errors.ts'

export interface FilledEnvironment {
  readonly values: Readonly<Record<string, string | undefined>>
  /** What is wrong, by the name of the variable that stays without a value; never with content. */
  readonly problems: ReadonlyMap<string, string>
}

/**
 * Every variable can also be given as `<NAME>_FILE`, a file that holds its value: so a container engine hands over secrets.
 * The line end of an editor is not part of it.
 */
export const readSecretFiles = (
  names: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  read: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): FilledEnvironment => {
  const values = { ...environment }
  const problems = new Map<string, string>()
  for (const name of names) {
    const path = environment[`${name}_FILE`]
    if (!path) continue
    if (environment[name]) {
      problems.set(name, `${name}_FILE: and ${name} exclude each other`)
      continue
    }
    try {
      const content = read(path).replace(/\r?\n$/, '')
      if (content === '') problems.set(name, `${name}_FILE: the file is empty`)
      else values[name] = content
    } catch (thrown) {
      problems.set(name, `${name}_FILE: cannot be read (${Reflect.get(asError(thrown), 'code') ?? 'unknown'})`)
    }
  }
  return { values, problems }
}

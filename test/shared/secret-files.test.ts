import { expect, test } from 'bun:test'
import { z } from 'zod'
import { InternalKeys, parseEnvironment } from '../../shared/config.ts'
import { readSecretFiles } from '../../shared/secret-files.ts'

const files: Readonly<Record<string, string>> = { '/run/secrets/key': 'sesame\n', '/run/secrets/none': '\n' }
const read = (path: string): string => {
  const content = files[path]
  if (content === undefined) throw Object.assign(new Error(`no such file: ${path}`), { code: 'ENOENT' })
  return content
}

test('a variable is read from the file that its _FILE form names, without the line end', () => {
  const { values, problems } = readSecretFiles(['KEY'], { KEY_FILE: '/run/secrets/key' }, read)
  expect([values['KEY'], problems.size]).toEqual(['sesame', 0])
})

test('only names that the service reads have a _FILE form', () => {
  expect(readSecretFiles(['KEY'], { OTHER_FILE: '/run/secrets/key' }, read).values['OTHER']).toBeUndefined()
})

test.each([
  ['is given twice', { KEY: 'a', KEY_FILE: '/run/secrets/key' }, 'KEY_FILE: and KEY exclude each other'],
  ['is in a file that is not there', { KEY_FILE: '/nowhere' }, 'KEY_FILE: cannot be read (ENOENT)'],
  ['is in an empty file', { KEY_FILE: '/run/secrets/none' }, 'KEY_FILE: the file is empty'],
])('a value that %s is a problem that names no content', (_, environment, problem) => {
  expect(readSecretFiles(['KEY'], environment, read).problems.get('KEY')).toBe(problem)
})

test('a file that cannot be read stops the start with one line about it, beside all else that is wrong', () => {
  const schema = z.object({ INTERNAL_API_KEY: InternalKeys, OTHER: z.string() })
  const parse = () => parseEnvironment(schema, { INTERNAL_API_KEY_FILE: '/nowhere/at/all' })
  expect(parse).toThrow(
    'The configuration has 2 problem(s):\n  INTERNAL_API_KEY_FILE: cannot be read (ENOENT)\n  OTHER: is missing',
  )
})

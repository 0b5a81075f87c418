import { afterEach, expect, test } from 'bun:test'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keptSecrets } from '../../embedded/secrets.ts'
import { ConfigError } from '../../shared/config.ts'

const folders: string[] = []
const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'baton-secrets-'))
  folders.push(folder)
  return folder
}
afterEach(() => Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true }))))

test('the first start makes secrets, and later ones find the same', async () => {
  const folder = join(await newFolder(), 'not', 'there', 'yet')
  const first = keptSecrets(folder)
  expect(first.jwt_secret.length).toBeGreaterThanOrEqual(32)
  expect(keptSecrets(folder)).toEqual(first)
  expect(keptSecrets(await newFolder())).not.toEqual(first)
})

test('only their owner can read them', async () => {
  const folder = await newFolder()
  keptSecrets(folder)
  expect((await stat(join(folder, 'secrets.json'))).mode & 0o777).toBe(0o600)
})

test('a file that is no secrets is named, and left as it is', async () => {
  const folder = await newFolder()
  const path = join(folder, 'secrets.json')
  await writeFile(path, '{"jwt_secret":"short"}')
  expect(() => keptSecrets(folder)).toThrow(ConfigError)
  expect(() => keptSecrets(folder)).toThrow(path)
  expect(await readFile(path, 'utf8')).toBe('{"jwt_secret":"short"}')
})

test('a folder that cannot be made is named', async () => {
  const file = join(await newFolder(), 'file')
  await writeFile(file, '')
  expect(() => keptSecrets(join(file, 'data'))).toThrow('DATA_DIR')
})

import { expect, test } from 'bun:test'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { EDITS, writeNextVersion } from './next-version.ts'

test('the next version differs from this one by a field more in two schemas and by two scripts', async () => {
  const tree = await writeNextVersion()
  try {
    for (const { file, insert } of EDITS) {
      expect(await readFile(join(tree, file), 'utf8')).toContain(insert)
      expect(await Bun.file(file).text()).not.toContain(insert)
    }
    expect(EDITS.map(({ file }) => file.split('.').at(-1))).toEqual(['ts', 'ts', 'lua', 'lua'])
  } finally {
    await rm(tree, { recursive: true })
  }
})

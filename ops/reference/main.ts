/** `npm run reference`: writes the pages of docs/reference/ anew. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { referencePages } from './pages.ts'

const folder = join(import.meta.dir, '../../docs/reference')
await mkdir(folder, { recursive: true })
for (const [name, text] of referencePages()) await writeFile(join(folder, name), text)

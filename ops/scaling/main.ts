/** `npm run scaling`: writes docs/scaling.md and its plots from what `npm run bench` measured last. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Results } from '../../bench/results.ts'
import { scalingPage } from './page.ts'
import { plotsOf } from './plots.ts'

const root = join(import.meta.dir, '../..')
const results = Results.parse(JSON.parse(await readFile(join(root, 'bench/results.json'), 'utf8')))
await writeFile(join(root, 'docs/scaling.md'), scalingPage(results))
for (const [name, plot] of plotsOf(results)) await writeFile(join(root, 'docs/images', name), plot)

/** `bun run secrets`: makes the secrets that `compose.yaml` hands to its containers, in `.secrets/`. Never changes one. */
import { join } from 'node:path'
import { makeSecrets } from './make-secrets.ts'

const folder = process.argv[2] ?? join(import.meta.dir, '../.secrets')
const made = makeSecrets(folder)
process.stdout.write(made.length === 0 ? `all secrets are in ${folder} already\n` : `${folder}: ${made.join(', ')}\n`)

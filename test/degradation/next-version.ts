import { cp, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dir, '../..')
const FOLDERS = ['conductor', 'gateway', 'orchestrator', 'simulator', 'shared', 'pipelines', 'console', 'embedded']
const FILES = ['package.json', 'tsconfig.json', 'bunfig.toml']

interface Edit {
  readonly file: string
  readonly after: string
  readonly insert: string
}

/** What a next version may do beside this one: say more than readers know, and keep more than they ask for. */
export const EDITS: readonly Edit[] = [
  {
    file: 'shared/contracts/events/batch-pipeline-completed.ts',
    after: '  failed_essay_count: Whole,\n',
    insert: "  next_version: Text.default('says more'),\n",
  },
  {
    file: 'shared/contracts/run-book.ts',
    after: "  content: z.enum(['pending', 'ready', 'failed']),\n",
    insert: "  next_version: z.string().default('says more'),\n",
  },
  {
    file: 'conductor/state/lua/apply.lua',
    after: 'local events = cjson.decode(ARGV[2])\n',
    insert: "redis.call('HSET', meta_key, 'next_version', 'keeps more')\n",
  },
  {
    file: 'orchestrator/runs/lua/lib/transition.lua',
    after: '  t.previous = t.book.revision\n',
    insert: "  t.book.next_version = 'keeps more'\n",
  },
]

/** A copy of the services' files with these changes. Throws when a place to change is no longer there. */
export const writeNextVersion = async (): Promise<string> => {
  const tree = await mkdtemp(join(tmpdir(), 'baton-next-'))
  for (const name of [...FOLDERS, ...FILES]) await cp(join(ROOT, name), join(tree, name), { recursive: true })
  await symlink(join(ROOT, 'node_modules'), join(tree, 'node_modules'))
  for (const { file, after, insert } of EDITS) {
    const text = await readFile(join(tree, file), 'utf8')
    if (text.split(after).length !== 2) throw new Error(`${file} has not exactly one ${JSON.stringify(after)}`)
    await writeFile(join(tree, file), text.replace(after, after + insert))
  }
  return tree
}

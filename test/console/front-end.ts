import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'vite'

const root = join(import.meta.dir, '../..')

const PAGE = `<!doctype html><html lang="en"><head><title>My app</title></head>
<body><div id="root"></div><script type="module" src="/src/main.tsx"></script></body></html>`

/** The code of docs/front-end.md that comes after this file's name. */
const shown = async (name: string): Promise<string> => {
  const text = await Bun.file(join(root, 'docs/front-end.md')).text()
  const [, after] = text.split(`\n\`${name}\``)
  const code = /^```tsx\n(.*?)^```/ms.exec(after ?? '')?.[1]
  if (code === undefined) throw new Error(`docs/front-end.md shows no ${name}`)
  return code
}

/** The app of docs/front-end.md, served by Vite on this port as a developer would. */
export const serveFrontEnd = async (port: number, gateway: string) => {
  const folder = await mkdtemp(join(tmpdir(), 'baton-front-end-'))
  await mkdir(join(folder, 'src'))
  await Promise.all([
    symlink(join(root, 'node_modules'), join(folder, 'node_modules')),
    cp(join(root, 'console/client'), join(folder, 'src/client'), { recursive: true }),
    cp(join(root, 'console/hooks'), join(folder, 'src/hooks'), { recursive: true }),
    Bun.write(join(folder, 'index.html'), PAGE),
    Bun.write(join(folder, 'src/live-batch.tsx'), await shown('src/live-batch.tsx')),
    Bun.write(join(folder, 'src/main.tsx'), (await shown('src/main.tsx')).replace('http://localhost:4001', gateway)),
  ])
  const server = await createServer({
    root: folder,
    configFile: false,
    cacheDir: join(folder, '.vite'),
    server: { port, strictPort: true, host: 'localhost' },
    logLevel: 'error',
  })
  await server.listen()
  return {
    async close() {
      await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

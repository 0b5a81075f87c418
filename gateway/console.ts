import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import type { ConsoleFiles } from './ports.ts'

interface Built {
  readonly page: string
  readonly files: ReadonlyMap<string, File>
}
interface File {
  readonly type: string
  readonly plain: Uint8Array<ArrayBuffer>
  readonly gzip: Uint8Array<ArrayBuffer>
  readonly br: Uint8Array<ArrayBuffer>
}

/** Where the page's files are asked for; their names carry a hash of what they hold. */
const PATH = '/console/'
const ENTRY = Bun.fileURLToPath(new URL('../console/app/index.html', import.meta.url))

const build = async (): Promise<Built> => {
  const { outputs } = await Bun.build({
    entrypoints: [ENTRY],
    target: 'browser',
    minify: true,
    splitting: true,
    publicPath: PATH,
    naming: { entry: '[name]-[hash].[ext]', chunk: '[name]-[hash].[ext]', asset: '[name]-[hash].[ext]' },
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  const isPage = ({ type }: Blob) => type.startsWith('text/html')
  const files = outputs
    .filter((output) => !isPage(output))
    .map(async (output): Promise<[string, File]> => {
      const plain = new Uint8Array(await output.arrayBuffer())
      const [zipped, br] = await Promise.all([compress.gzip(plain), compress.br(plain)])
      return [output.path.replace(/^\.\//, ''), { type: output.type, plain, gzip: zipped, br }]
    })
  return { page: (await outputs.find(isPage)?.text()) ?? '', files: new Map(await Promise.all(files)) }
}

const compress = {
  gzip: async (bytes: Uint8Array) => new Uint8Array(await promisify(gzip)(bytes, { level: 9 })),
  br: async (bytes: Uint8Array) => new Uint8Array(await promisify(brotliCompress)(bytes)),
}

/**
 * The console's page, bundled by Bun from its sources when it is first asked for (0.3 s) and kept in memory: there is no
 * build step to forget, and what is served is never older than the sources beside it.
 */
export const createConsoleFiles = (): ConsoleFiles => {
  let built: Promise<Built> | undefined
  const files = (): Promise<Built> => {
    built ??= build().catch((thrown) => {
      built = undefined
      throw thrown
    })
    return built
  }

  return {
    page: async () => (await files()).page,
    async asset(name, acceptEncoding) {
      const file = (await files()).files.get(name)
      if (!file) return undefined
      const encoding = (['br', 'gzip'] as const).find((one) => acceptEncoding.includes(one))
      return new Response(file[encoding ?? 'plain'], {
        headers: {
          'content-type': file.type,
          'cache-control': 'public, max-age=31536000, immutable',
          vary: 'accept-encoding',
          ...(encoding ? { 'content-encoding': encoding } : {}),
        },
      })
    },
  }
}

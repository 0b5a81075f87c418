/** The files of the documentation page that may be asked for, and their types. */
const FILES: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css',
  'swagger-ui-bundle.js': 'text/javascript',
}

/** Serves the documentation page's own files from the package that brings them: nothing comes from elsewhere. */
export const createAssets = () => {
  const folder = new URL('.', import.meta.resolve('swagger-ui-dist/swagger-ui.css'))
  return async function asset(name: string): Promise<Response | undefined> {
    const type = FILES[name]
    if (type === undefined) return undefined
    return new Response(Bun.file(new URL(name, folder)), {
      headers: { 'content-type': type, 'cache-control': 'public, max-age=86400' },
    })
  }
}

/** The files of the documentation pages that may be asked for: their types, and in which package they are. */
const FILES: Readonly<Record<string, { readonly type: string; readonly path: string }>> = {
  'swagger-ui.css': { type: 'text/css', path: 'swagger-ui-dist/swagger-ui.css' },
  'swagger-ui-bundle.js': { type: 'text/javascript', path: 'swagger-ui-dist/swagger-ui-bundle.js' },
  'redoc.standalone.js': { type: 'text/javascript', path: 'redoc/bundles/redoc.standalone.js' },
}

/** Redoc would fetch its maker's logo from elsewhere; here that picture is empty. */
const LOGO = 'https://cdn.redoc.ly/redoc/logo-mini.svg'
const NO_PICTURE = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>"

const find = (path: string): URL | undefined => {
  try {
    return new URL(import.meta.resolve(path))
  } catch {
    return undefined
  }
}

/**
 * Serves the documentation pages' own files from the packages that bring them: nothing comes from elsewhere. Undefined also for
 * what is not installed: Redoc is only copied into the image, since it would bring a hundred packages along.
 */
export const createAssets = () => {
  let redoc: Promise<string> | undefined

  return async function asset(name: string): Promise<Response | undefined> {
    const wanted = FILES[name]
    const file = wanted && find(wanted.path)
    if (!file) return undefined
    const headers = { 'content-type': wanted.type, 'cache-control': 'public, max-age=86400' }
    if (name !== 'redoc.standalone.js') return new Response(Bun.file(file), { headers })
    redoc ??= Bun.file(file)
      .text()
      .then((text) => text.replaceAll(LOGO, NO_PICTURE))
    return new Response(await redoc, { headers })
  }
}

import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

const ID = /^[0-9a-f-]{36}$/

/**
 * A small content service on disk, for the embedded way: `POST /v1/content` keeps a body under a new storage id, and
 * `GET /v1/content/{id}` gives it back. A body that breaks off is not kept.
 */
export const createContentStore = ({ folder }: { readonly folder: string }) => {
  const pathOf = (id: string) => join(folder, id)

  const keep = async (body: ReadableStream<Uint8Array>): Promise<string> => {
    const id = randomUUID()
    const partial = `${pathOf(id)}.partial`
    await mkdir(folder, { recursive: true })
    try {
      await pipeline(body, createWriteStream(partial, { flush: true }))
      await rename(partial, pathOf(id))
      return id
    } finally {
      await rm(partial, { force: true })
    }
  }
  const give = async (id: string): Promise<Response> => {
    const found = ID.test(id) ? await stat(pathOf(id)).catch(() => undefined) : undefined
    if (!found) return new Response(null, { status: 404 })
    return new Response(Readable.toWeb(createReadStream(pathOf(id))), {
      headers: { 'content-type': 'application/octet-stream', 'content-length': String(found.size) },
    })
  }

  return async function fetch(request: Request): Promise<Response> {
    const [, , resource, id] = new URL(request.url).pathname.split('/')
    if (resource !== 'content') return new Response(null, { status: 404 })
    if (request.method === 'POST' && id === undefined && request.body)
      return Response.json({ storage_id: await keep(request.body) }, { status: 201 })
    if (request.method === 'GET' && id !== undefined) return give(id)
    return new Response(null, { status: 405 })
  }
}

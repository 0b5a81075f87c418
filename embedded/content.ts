import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { batchId } from '../shared/ids.ts'
import type { UploadedFile } from '../simulator/content/uploads.ts'

const ID = /^[0-9a-f-]{36}$/

export interface ContentStoreOptions {
  readonly folder: string
  /** Told of each file before its sender is; what it rejects with is a 503, and the file may be sent again. */
  readonly stored?: (file: UploadedFile) => Promise<void>
}

/**
 * A small content service on disk, for the embedded way: `POST /v1/content` keeps a body under a new storage id, and
 * `GET /v1/content/{id}` gives it back. A body that breaks off is not kept.
 */
export const createContentStore = ({ folder, stored }: ContentStoreOptions) => {
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
  /** Whose file it is, as the gateway says; undefined for what belongs to no batch. */
  const tell = async (headers: Headers, storageId: string): Promise<void> => {
    const [batch, name] = [headers.get('x-batch-id'), headers.get('x-file-name')].map(
      (text) => text && decodeURIComponent(text),
    )
    if (batch && name) await stored?.({ batchId: batchId(batch), fileName: name, storageId })
  }
  const take = async ({ headers }: Request, body: ReadableStream<Uint8Array>): Promise<Response> => {
    const storage_id = await keep(body)
    try {
      await tell(headers, storage_id)
      return Response.json({ storage_id }, { status: 201 })
    } catch {
      return new Response(null, { status: 503 })
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
    if (request.method === 'POST' && id === undefined && request.body) return take(request, request.body)
    if (request.method === 'GET' && id !== undefined) return give(id)
    return new Response(null, { status: 405 })
  }
}

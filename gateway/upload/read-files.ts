import { pipeline } from 'node:stream/promises'
import type { BusboyFileStream } from '@fastify/busboy'
import { asError } from '../../shared/errors.ts'
import { BrokenUploadError, FileTooLargeError, type ReadFiles } from './port.ts'

/** Other fields are not read; these bound what they may cost. */
const LIMITS = { fields: 20, fieldSize: 10_000, headerPairs: 50, files: 2_000 }

/** Files by busboy, which holds back the sender while nobody takes the current file's bytes. */
export const readFiles: ReadFiles = async (body, { contentType, maxFileBytes, onFile }) => {
  const parser = await parserFor(contentType, maxFileBytes)
  let files = Promise.resolve()
  // A part of type application/octet-stream is a file also without a name, whatever the parser's types say.
  parser.on('file', (_, stream, name: string | undefined, __, type) => {
    // An upload that breaks off is told by the parser itself.
    stream.on('error', () => {})
    files = files.then(() => onFile({ name: name ?? '', type, bytes: bytesOf(stream) })).finally(() => stream.resume())
    files.catch(() => parser.destroy())
  })
  try {
    await pipeline(body, parser)
  } catch (thrown) {
    // What failed in a file goes first: it is why the parser was stopped.
    await files
    throw new BrokenUploadError('the form cannot be read', { cause: asError(thrown) })
  }
  await files
}

/** Loaded by the first upload: at every start it took a fifteenth of the time until the first answer, measured. */
const parserFor = async (contentType: string, fileSize: number) => {
  const { Busboy } = await import('@fastify/busboy')
  try {
    return new Busboy({ headers: { 'content-type': contentType }, limits: { ...LIMITS, fileSize } })
  } catch (cause) {
    throw new BrokenUploadError('no form with a boundary', { cause })
  }
}

async function* bytesOf(stream: BusboyFileStream): AsyncGenerator<Uint8Array> {
  // A file that is given up half-way must still be skipped to its end, and not destroyed.
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) yield chunk
  if (stream.truncated) throw new FileTooLargeError('more bytes than a file may have')
}

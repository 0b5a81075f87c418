import { PassingError } from '../../shared/errors.ts'
import { UpstreamError } from '../../shared/http/upstream.ts'
import type { UploadLimits } from './config.ts'
import { type ContentPort, FileTooLargeError, type IncomingFile, type ReadFiles } from './port.ts'

export interface StoredFile {
  readonly file_name: string
  readonly content_type: string
  readonly bytes: number
  /** Where the content service keeps it. */
  readonly storage_id: string
}

/** Stable codes. `not_stored` may work later, the others not with this file. */
export const REFUSED_REASONS = [
  'too_large',
  'too_many_files',
  'type_not_allowed',
  'empty',
  'no_name',
  'invalid_name',
  'not_stored',
  'rejected',
] as const
export type RefusedReason = (typeof REFUSED_REASONS)[number]

export interface RefusedFile {
  /** Which file of the upload it is, from 0. */
  readonly index: number
  /** Cut off where it is longer than a name may be. */
  readonly file_name: string
  readonly reason: RefusedReason
  readonly detail: string
}

export interface Upload {
  readonly stored: StoredFile[]
  readonly refused: RefusedFile[]
}

export interface UploadInput {
  readonly body: ReadableStream<Uint8Array>
  readonly contentType: string
  readonly batchId: string
  readonly correlationId: string
}

class EmptyFileError extends Error {
  override name = 'EmptyFileError'
}

/** Passes the files of an upload on, each as it comes in; what is wrong with one does not touch the others. */
export const createUpload =
  ({ readFiles, content, limits }: { readFiles: ReadFiles; content: ContentPort; limits: UploadLimits }) =>
  async ({ body, contentType, ...context }: UploadInput): Promise<Upload> => {
    const stored: StoredFile[] = []
    const refused: RefusedFile[] = []
    let index = -1

    const take = async (incoming: IncomingFile): Promise<void> => {
      index += 1
      const file = { ...incoming, type: mediaTypeOf(incoming) }
      const file_name = file.name.slice(0, MAX_NAME).toWellFormed()
      const refuse = (reason: RefusedReason) =>
        void refused.push({ index, file_name, reason, detail: DETAILS[reason](limits) })
      const wrong = wrongBefore(file, stored.length, limits)
      if (wrong) return refuse(wrong)
      const counted = counting(file)
      try {
        const storage_id = await content.store(counted.file, context)
        stored.push({ file_name, content_type: file.type, bytes: counted.bytes(), storage_id })
      } catch (thrown) {
        const reason = reasonOf(thrown)
        if (!reason) throw thrown
        refuse(reason)
      }
    }
    await readFiles(body, { contentType, maxFileBytes: limits.maxFileBytes, onFile: take })
    return { stored, refused }
  }

const MAX_NAME = 255
const CONTROL = /\p{Cc}/u
/** RFC 6838, section 4.2. */
const MEDIA_TYPE = /^[a-z0-9][\w!#$&^.+-]{0,126}\/[a-z0-9][\w!#$&^.+-]{0,126}$/i

/** One that cannot be sent on, or says nothing, counts as none. */
const mediaTypeOf = ({ type }: IncomingFile): string => (MEDIA_TYPE.test(type) ? type : 'application/octet-stream')

const DETAILS: Readonly<Record<RefusedReason, (limits: UploadLimits) => string>> = {
  too_large: ({ maxFileBytes }) => `a file may have ${maxFileBytes} bytes`,
  too_many_files: ({ maxFiles }) => `an upload may have ${maxFiles} files`,
  type_not_allowed: ({ types }) => `a file's name must end in ${types.map((type) => `.${type}`).join(', ')}`,
  empty: () => 'the file has no bytes',
  no_name: () => 'the file has no name',
  invalid_name: () => `a name may have ${MAX_NAME} characters, no control characters and no half ones`,
  not_stored: () => 'the content service is not available; send this file again in a moment',
  rejected: () => 'the content service refused the file',
}

/** What is wrong with a file before its first byte. */
const wrongBefore = ({ name }: IncomingFile, stored: number, { maxFiles, types }: UploadLimits) => {
  if (stored >= maxFiles) return 'too_many_files'
  if (name.trim() === '') return 'no_name'
  if (name.length > MAX_NAME || CONTROL.test(name) || !name.isWellFormed()) return 'invalid_name'
  const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase()
  return name.includes('.') && types.includes(ending) ? undefined : 'type_not_allowed'
}

const reasonOf = (thrown: unknown): RefusedReason | undefined => {
  if (thrown instanceof FileTooLargeError) return 'too_large'
  if (thrown instanceof EmptyFileError) return 'empty'
  if (thrown instanceof PassingError) return 'not_stored'
  return thrown instanceof UpstreamError ? 'rejected' : undefined
}

/** The same file, its bytes counted; one without any fails before the content service takes it for whole. */
const counting = (file: IncomingFile) => {
  let count = 0
  const bytes = async function* () {
    for await (const chunk of file.bytes) {
      count += chunk.length
      yield chunk
    }
    if (count === 0) throw new EmptyFileError('no bytes')
  }
  return { file: { ...file, bytes: bytes() }, bytes: () => count }
}

/** A file of an upload, while it comes in. */
export interface IncomingFile {
  /** As the client says, so any text; empty where it says none. */
  readonly name: string
  /** Media type as the client says, so any text. */
  readonly type: string
  /** Its bytes, once; throws a FileTooLargeError where a limit cuts them off. What is not read is skipped. */
  readonly bytes: AsyncIterable<Uint8Array>
}

/** The file has more bytes than allowed. */
export class FileTooLargeError extends Error {
  override name = 'FileTooLargeError'
}

/** The body is no multipart form, or it breaks off. */
export class BrokenUploadError extends Error {
  override name = 'BrokenUploadError'
}

/**
 * Reads the files of a multipart form one after the other, no faster than `onFile` takes them. It needs a parser that is
 * no web standard, and so it is given. Rejects with a BrokenUploadError.
 */
export type ReadFiles = (
  body: ReadableStream<Uint8Array>,
  options: { readonly contentType: string; readonly maxFileBytes: number; readonly onFile: OnFile },
) => Promise<void>

export type OnFile = (file: IncomingFile) => Promise<void>

/** Keeps a file's bytes in the content service. */
export interface ContentPort {
  /**
   * The storage id. Rejects with what `bytes` throws, with a PassingError when the service is away or cannot now, with an
   * UpstreamError when it refuses the file.
   */
  store(file: IncomingFile, context: { readonly correlationId: string; readonly batchId: string }): Promise<string>
}

import type { BatchId } from '../../shared/ids.ts'
import type { LogRecord } from '../../shared/log/port.ts'

/** A file that was uploaded for a batch and is stored. */
export interface UploadedFile {
  readonly batchId: BatchId
  readonly fileName: string
  /** Where the content service keeps it. */
  readonly storageId: string
}

/** What a file service remembers: the uploads, and the registrations that they belong to. */
export interface UploadStore {
  /** Keeps the record of a batch's registration, for the files that come after it. */
  keepRegistration(batchId: BatchId, record: LogRecord): void
  registrationOf(batchId: BatchId): LogRecord | undefined
  /** Adds a file; one of the same name takes the place of the one before. */
  add(file: UploadedFile): void
  /** In the order in which their names first came. */
  filesOf(batchId: BatchId): readonly UploadedFile[]
}

const stemOf = (fileName: string): string => fileName.replace(/\.[^.]*$/, '')

/**
 * Which file is which essay's: `anna.docx` is that of `anna`, or of `anna.docx`. Files that are nobody's by name go to the
 * essays that are left, in order; what is still left over belongs to none.
 */
export const filesByEssay = (
  essayIds: readonly string[],
  files: readonly UploadedFile[],
): ReadonlyMap<string, UploadedFile> => {
  const essays = new Set(essayIds)
  const found = new Map<string, UploadedFile>()
  const nameless: UploadedFile[] = []
  for (const file of files) {
    const essay = [file.fileName, stemOf(file.fileName)].find((name) => essays.has(name))
    if (essay === undefined) nameless.push(file)
    else found.set(essay, file)
  }
  const left = essayIds.filter((essay) => !found.has(essay))
  for (const [n, file] of nameless.entries()) {
    const essay = left[n]
    if (essay !== undefined) found.set(essay, file)
  }
  return found
}

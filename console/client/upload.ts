import type { Client } from 'openapi-fetch'
import type { paths } from './openapi.ts'
import type { Patience } from './patience.ts'
import { isRefusedForNow, ProblemError } from './problem.ts'
import type { UploadedFiles } from './types.ts'

/** How an upload goes on. */
export interface UploadProgress {
  readonly stored: number
  /** One sentence for each file that is refused, which begins with its name. */
  readonly refused: readonly string[]
}

/** Files that are sent together: few enough to see the upload go on, many enough for its rate limit. */
const TOGETHER = 10

/**
 * Uploads essays, some at a time, and tells after each part how far it is. Rejects with the first failure that is of no single
 * file; what was told before that is stored, and of the part without an answer nobody knows: repeated it might be stored twice.
 */
export const createUpload =
  (api: Client<paths>, patiently: Patience) =>
  async (batchId: string, files: readonly File[], listener: (progress: UploadProgress) => void): Promise<void> => {
    const send = (part: readonly File[]): Promise<UploadedFiles> => {
      const form = new FormData()
      for (const file of part) form.append('files', file)
      const call = { params: { path: { batch_id: batchId } }, body: { files: [] }, bodySerializer: () => form }
      return patiently(() => api.POST('/v1/batches/{batch_id}/files', call), isRefusedForNow)
    }
    let progress: UploadProgress = { stored: 0, refused: [] }
    for (let first = 0; first < files.length; first += TOGETHER) {
      const { stored, refused } = await send(files.slice(first, first + TOGETHER)).then(outcomeOf, allRefused)
      progress = { stored: progress.stored + stored, refused: [...progress.refused, ...refused] }
      listener(progress)
    }
  }

const outcomeOf = ({ stored, refused }: UploadedFiles): UploadProgress => ({
  stored: stored.length,
  refused: refused.map(({ file_name, detail }) => `${file_name}: ${detail}`),
})

/** A part of which no file was stored is a problem that says so of each. */
const allRefused = (thrown: unknown): UploadProgress => {
  const problem = thrown instanceof ProblemError ? thrown.problem : undefined
  if (problem?.reason !== 'no_file_stored' || !problem.errors?.length) throw thrown
  return { stored: 0, refused: problem.errors.map(({ detail }) => detail) }
}

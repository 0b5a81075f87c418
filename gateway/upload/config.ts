import { z } from 'zod'
import { HttpUrl, Whole } from '../../shared/config.ts'

/** What uploads read of the environment. */
export const uploadFields = {
  /** The content service; without it there is no route for uploads. */
  CONTENT_URL: HttpUrl.optional(),
  UPLOAD_MAX_FILES: Whole(100, 1, 1_000),
  /** Bytes of one file, and of a whole upload. */
  UPLOAD_MAX_FILE_BYTES: Whole(10_000_000, 1, 100_000_000),
  UPLOAD_MAX_BYTES: Whole(100_000_000, 1, 120_000_000),
  /** Endings of file names. */
  UPLOAD_TYPES: z
    .string()
    .regex(/^[a-z0-9]{1,10}(,[a-z0-9]{1,10})*$/, 'must be endings of file names, such as txt,docx')
    .transform((text) => text.split(','))
    .default(['txt', 'docx', 'pdf']),
}

export interface UploadLimits {
  readonly maxFiles: number
  readonly maxFileBytes: number
  readonly maxBytes: number
  readonly types: readonly string[]
}

export const uploadLimitsOf = (config: z.infer<z.ZodObject<typeof uploadFields>>): UploadLimits => ({
  maxFiles: config.UPLOAD_MAX_FILES,
  maxFileBytes: config.UPLOAD_MAX_FILE_BYTES,
  maxBytes: config.UPLOAD_MAX_BYTES,
  types: config.UPLOAD_TYPES,
})

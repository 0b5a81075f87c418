import { createRoute, z } from '@hono/zod-openapi'
import type { App } from '../../shared/http/app.ts'
import { ProblemError } from '../../shared/http/problem.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import type { GatewayEnv } from '../env.ts'
import type { Owners } from '../owners.ts'
import { access } from '../sign-in/access.ts'
import { BrokenUploadError } from '../upload/port.ts'
import { type createUpload, REFUSED_REASONS, type RefusedFile, type Upload } from '../upload/upload.ts'
import { BATCH_ID } from './examples.ts'
import { json } from './json.ts'
import { BatchPath } from './path.ts'
import { BODY_PROBLEMS } from './problems.ts'

const Uploaded = z
  .object({
    batch_id: z.string(),
    stored: z.array(
      z.object({ file_name: z.string(), content_type: z.string(), bytes: z.int(), storage_id: z.string() }),
    ),
    refused: z.array(
      z.object({ index: z.int(), file_name: z.string(), reason: z.enum(REFUSED_REASONS), detail: z.string() }),
    ),
  })
  .openapi('UploadedFiles')

const STORED = { file_name: 'anna.docx', content_type: 'text/plain', bytes: 2_048, storage_id: 'content-1' }
const REFUSED: RefusedFile = {
  index: 1,
  file_name: 'song.mp3',
  reason: 'type_not_allowed',
  detail: "a file's name must end in .txt",
}

const route = createRoute({
  method: 'post',
  path: '/v1/batches/{batch_id}/files',
  summary: 'Upload essays',
  description:
    'A multipart form, passed on to the content service while it comes in. A file that is refused is told with its reason and touches no other.',
  ...access('batches:write', 'teacher', 'service'),
  request: {
    params: BatchPath,
    body: {
      required: true,
      content: {
        'multipart/form-data': {
          schema: z.object({ files: z.array(z.string().openapi({ format: 'binary' })) }),
          example: { files: ['anna.docx', 'song.mp3'] },
        },
      },
    },
  },
  responses: {
    201: {
      description: 'At least one file is stored',
      ...json(Uploaded, { batch_id: BATCH_ID, stored: [STORED], refused: [REFUSED] }),
    },
    ...problemResponses(...BODY_PROBLEMS, 'RESOURCE_NOT_FOUND', 'SERVICE_UNAVAILABLE', 'CATCHING_UP'),
  },
})

/** Without the body, which a validator would read into memory as a whole first. */
const handled = createRoute({ ...route, hide: true, request: { params: BatchPath } })

export interface UploadFilesDeps {
  readonly owners: Owners
  readonly upload: ReturnType<typeof createUpload>
  /** Bytes of a whole upload. */
  readonly maxUploadBytes: number
}

export const uploadFiles = (app: App<GatewayEnv>, { owners, upload, maxUploadBytes }: UploadFilesDeps): void => {
  app.openAPIRegistry.registerPath(route)
  app.openapi(handled, async (c) => {
    const { batch_id } = c.req.valid('param')
    const contentType = c.req.header('content-type') ?? ''
    if (!/^multipart\/form-data;/i.test(contentType)) throw noForm()
    await owners.require(batch_id, c.get('user'), c.get('correlationId'))
    const body = bounded(c.req.raw.body, Number(c.req.header('content-length')), maxUploadBytes)
    const correlationId = c.get('correlationId')
    try {
      const uploaded = await upload({ body, contentType, batchId: batch_id, correlationId })
      if (uploaded.stored.length === 0) throw nothingStored(uploaded)
      return c.json({ batch_id, ...uploaded }, 201)
    } catch (thrown) {
      if (!(thrown instanceof BrokenUploadError)) throw thrown
      const cause = thrown.cause
      throw cause instanceof ProblemError ? cause : broken(thrown)
    }
  })
}

const noForm = () =>
  new ProblemError({ code: 'UNSUPPORTED_MEDIA_TYPE', detail: 'Send the files as multipart/form-data.' })

const broken = (cause: Error) =>
  new ProblemError({ code: 'INVALID_REQUEST', detail: 'The body is no multipart form, or it broke off.', cause })

/** When every file is refused the answer is a refusal; one that may work later where one of the files may. */
const nothingStored = ({ refused }: Upload): ProblemError => {
  const errors = refused.map(({ index, file_name, detail }: RefusedFile) => ({
    pointer: `/files/${index}`,
    detail: `${file_name}: ${detail}`,
  }))
  if (refused.length > 0 && refused.every(({ reason }) => reason === 'not_stored'))
    return new ProblemError({
      code: 'SERVICE_UNAVAILABLE',
      detail: 'The content service is not available; nothing was stored.',
      headers: { 'retry-after': '2' },
      more: { refused },
    })
  const detail = refused.length === 0 ? 'There is no file in the form.' : 'No file was stored: see errors.'
  return new ProblemError({ code: 'VALIDATION_ERROR', reason: 'no_file_stored', detail, errors, more: { refused } })
}

/** The body, cut off with a 413 where it exceeds what it may have, whatever its header says. */
const bounded = (
  body: ReadableStream<Uint8Array> | null,
  announced: number,
  limit: number,
): ReadableStream<Uint8Array> => {
  const tooLarge = () => new ProblemError({ code: 'PAYLOAD_TOO_LARGE', detail: `An upload may have ${limit} bytes.` })
  if (announced > limit) throw tooLarge()
  let seen = 0
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      seen += chunk.length
      if (seen > limit) controller.error(tooLarge())
      else controller.enqueue(chunk)
    },
  })
  return (body ?? new ReadableStream<Uint8Array>({ start: (controller) => controller.close() })).pipeThrough(count)
}

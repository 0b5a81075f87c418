import { z } from '@hono/zod-openapi'
import { ClientText } from '../../shared/contracts/http/client-text.ts'

export const BatchPath = z.object({
  batch_id: ClientText(255).openapi({
    param: { name: 'batch_id', in: 'path' },
    example: '95766f96-3055-4e73-9cb2-184a0f9a86b7',
  }),
})

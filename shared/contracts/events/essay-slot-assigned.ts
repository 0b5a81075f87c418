import { z } from 'zod'
import { randomId } from '../../ids.ts'
import { Text, Timestamp } from '../blocks.ts'
import { Uuid } from '../wire.ts'

/** An uploaded file has become an essay of the batch. */
export const EssaySlotAssignedV1 = z.object({
  event: Text.default('essay.slot.assigned'),
  batch_id: Text,
  essay_id: Text,
  file_upload_id: Text,
  text_storage_id: Text,
  original_file_name: Text,
  correlation_id: Uuid.default(randomId),
  timestamp: Timestamp,
})
export type EssaySlotAssignedV1 = z.infer<typeof EssaySlotAssignedV1>

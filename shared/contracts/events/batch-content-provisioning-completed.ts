import { z } from 'zod'
import { randomId } from '../../ids.ts'
import { EssayRef, Text, Timestamp } from '../blocks.ts'
import { CourseCode } from '../enums.ts'
import { Uuid, Whole } from '../wire.ts'

/** The texts of a batch are stored; a GUEST batch is ready with it. */
export const BatchContentProvisioningCompletedV1 = z.object({
  event: Text.default('batch.content.provisioning.completed'),
  batch_id: Text,
  provisioned_count: Whole,
  expected_count: Whole,
  course_code: CourseCode,
  user_id: Text,
  essays_for_processing: z.array(EssayRef),
  correlation_id: Uuid.default(randomId),
  timestamp: Timestamp,
})
export type BatchContentProvisioningCompletedV1 = z.infer<typeof BatchContentProvisioningCompletedV1>

import { z } from 'zod'
import { Anything, orNull, Text, Timestamp } from '../blocks.ts'
import { DateTime, Flag } from '../wire.ts'

/** A teacher is to be told something by the websocket service. */
export const TeacherNotificationRequestedV1 = z.object({
  teacher_id: Text,
  notification_type: Text,
  category: z.enum([
    'batch_progress',
    'processing_results',
    'file_operations',
    'class_management',
    'student_workflow',
    'system_alerts',
  ]),
  priority: z.enum(['critical', 'immediate', 'high', 'standard', 'low']),
  payload: Anything,
  action_required: Flag.default(false),
  deadline_timestamp: orNull(DateTime),
  correlation_id: Text,
  batch_id: orNull(Text),
  class_id: orNull(Text),
  timestamp: Timestamp,
})
export type TeacherNotificationRequestedV1 = z.infer<typeof TeacherNotificationRequestedV1>

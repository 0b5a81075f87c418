import type { EssayRef } from '../../shared/contracts/blocks.ts'
import { languageOf } from '../../shared/contracts/course.ts'
import type { CourseCode } from '../../shared/contracts/enums.ts'
import type { DataInputOf } from '../../shared/contracts/registry.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { dateTimeOf } from '../../shared/contracts/wire.ts'
import { derivedId } from '../../shared/ids.ts'
import { type Cause, type Cue, cue } from '../script.ts'

export interface Matched {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly classId: string
  readonly courseCode: CourseCode
  readonly essays: readonly EssayRef[]
  readonly promptRef: DataInputOf<typeof TOPICS.essaysReady>['student_prompt_ref']
}

/** A class's essays get their students, a teacher confirms that, and the batch is ready (contracts, section 10). */
export function* matched(cause: Cause, { at, classId, courseCode, essays, promptRef }: Matched): Iterable<Cue> {
  const { batchId } = cause
  yield cue(cause, {
    topic: TOPICS.associationsConfirmed,
    source: SENDERS.classManagement,
    at,
    data: {
      entity_id: batchId,
      entity_type: 'batch',
      batch_id: batchId,
      class_id: classId,
      course_code: courseCode,
      associations: essays.map(({ essay_id }) => ({
        essay_id,
        student_id: derivedId(classId, 'student', essay_id),
        confidence_score: 0.97,
        validation_method: 'human',
        validated_by: 'simulator',
        validated_at: dateTimeOf(at),
      })),
      validation_summary: { human: essays.length },
    },
  })
  yield cue(cause, {
    topic: TOPICS.essaysReady,
    source: SENDERS.essayLifecycle,
    at,
    data: {
      batch_id: batchId,
      ready_essays: [...essays],
      metadata: { entity_id: batchId, entity_type: 'batch', event: 'batch.essays.ready' },
      course_code: courseCode,
      course_language: languageOf(courseCode),
      student_prompt_ref: promptRef,
      class_type: 'REGULAR',
    },
  })
}

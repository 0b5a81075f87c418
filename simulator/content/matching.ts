import { languageOf } from '../../shared/contracts/course.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { dateTimeOf } from '../../shared/contracts/wire.ts'
import { derivedId } from '../../shared/ids.ts'
import { type Answer, answering } from '../answer.ts'
import { rounded } from '../rounded.ts'
import { cue } from '../script.ts'
import type { EssayWork, WorkThrough } from '../work.ts'

/** The stage in which the essays of a class are matched to its students. */
const MATCHING = 'student_matching'

/**
 * The essays of a class get their students, the teacher confirms that, and the batch is ready (contracts, section 10).
 * An essay marked `fail-student_matching` stays without a student, which keeps nobody from working on it.
 */
export const matchingOf = ({ workThrough }: { readonly workThrough: WorkThrough }): Answer =>
  answering({
    topic: TOPICS.studentMatchingCommand,
    stage: MATCHING,
    essayIdsOf: ({ essays_to_process }) => essays_to_process.map(({ essay_id }) => essay_id),
    *cuesOf(cause, { class_id, course_code, essays_to_process: essays }) {
      const { batchId } = cause
      const worked = workThrough(cause, { stage: MATCHING, failureRate: 0 }, essays)
      const at = worked.at(-1)?.endedAt ?? cause.at
      yield cue(cause, {
        topic: TOPICS.associationsConfirmed,
        source: SENDERS.classManagement,
        at,
        data: {
          entity_id: batchId,
          entity_type: 'batch',
          batch_id: batchId,
          class_id,
          course_code,
          associations: worked.map((work) => association(class_id, work)),
          validation_summary: { human: essays.length },
        },
      })
      yield cue(cause, {
        topic: TOPICS.essaysReady,
        source: SENDERS.essayLifecycle,
        at,
        data: {
          batch_id: batchId,
          ready_essays: essays,
          metadata: { entity_id: batchId, entity_type: 'batch', event: 'batch.essays.ready' },
          course_code,
          course_language: languageOf(course_code),
          class_type: 'REGULAR',
        },
      })
    },
  })

const association = (classId: string, { essay, succeeded, endedAt, roll }: EssayWork) => ({
  essay_id: essay.essay_id,
  student_id: succeeded ? derivedId(classId, 'student', essay.essay_id) : null,
  confidence_score: succeeded ? rounded(0.8 + 0.2 * roll('confidence')) : 0,
  validation_method: 'human' as const,
  validated_by: 'simulator',
  validated_at: dateTimeOf(endedAt),
})

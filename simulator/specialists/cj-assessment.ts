import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { derivedId } from '../../shared/ids.ts'
import { rounded } from '../rounded.ts'
import { type Cue, cue } from '../script.ts'
import { batchEntity, processingSummary } from './blocks.ts'
import type { Specialist, Work } from './specialist.ts'

type Judgement = Work<typeof TOPICS.cjCommand>

/** Says which essays are judged and what their grades are, or that nothing could be judged. */
export const cjAssessment: Specialist<typeof TOPICS.cjCommand> = {
  topic: TOPICS.cjCommand,
  *ofBatch(work) {
    const jobId = derivedId(work.cause.eventId, 'cj job')
    if (work.essays.every(({ succeeded }) => !succeeded)) return yield failed(work, jobId)
    yield completed(work, jobId)
    yield graded(work, jobId)
  },
}

const said = ({ endedAt }: Judgement) => ({ source: SENDERS.cjAssessment, at: endedAt })

const completed = (work: Judgement, jobId: string): Cue =>
  cue(work.cause, {
    ...said(work),
    topic: TOPICS.cjCompleted,
    data: {
      ...batchEntity(work, 'cj_assessment.completed'),
      cj_assessment_job_id: jobId,
      processing_summary: { ...processingSummary(work), single_essay_batch: work.essays.length === 1 },
    },
  })

const failed = (work: Judgement, jobId: string): Cue =>
  cue(work.cause, {
    ...said(work),
    topic: TOPICS.cjFailed,
    data: { ...batchEntity(work, 'cj_assessment.failed'), cj_assessment_job_id: jobId },
  })

const GRADES = ['A', 'B', 'C', 'D', 'E', 'F'] as const

/** Grades by rank; equal scores keep the order commanded. */
const graded = (work: Judgement, jobId: string): Cue => {
  const ranked = work.essays
    .filter(({ succeeded }) => succeeded)
    .map(({ essay, roll }) => ({ id: essay.essay_id, score: rounded(roll('score')) }))
    .toSorted((a, b) => b.score - a.score)
  return cue(work.cause, {
    ...said(work),
    topic: TOPICS.assessmentResult,
    key: jobId,
    data: {
      entity_id: work.cause.batchId,
      entity_type: 'batch',
      batch_id: work.cause.batchId,
      cj_assessment_job_id: jobId,
      assignment_id: work.command.assignment_id,
      assessment_method: 'cj_assessment',
      model_used: 'simulator',
      model_provider: 'simulator',
      essay_results: ranked.map(({ id, score }, index) => ({
        essay_id: id,
        normalized_score: score,
        letter_grade: GRADES[Math.min(5, Math.floor((1 - score) * 6))] ?? 'U',
        confidence_score: 0.9,
        confidence_label: 'HIGH',
        bt_score: rounded(4 * score - 2),
        rank: index + 1,
      })),
      assessment_metadata: { comparison_count: (ranked.length * (ranked.length - 1)) / 2 },
    },
  })
}

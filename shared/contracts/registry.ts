import type { z } from 'zod'
import { type BatchId, batchId } from '../ids.ts'
import { BatchServiceAIFeedbackInitiateCommandDataV1 } from './commands/ai-feedback-initiate.ts'
import { BatchServiceCJAssessmentInitiateCommandDataV1 } from './commands/cj-assessment-initiate.ts'
import { ClientBatchPipelineRequestV1 } from './commands/client-batch-pipeline-request.ts'
import { BatchServiceNLPInitiateCommandDataV2 } from './commands/nlp-initiate.ts'
import { BatchServiceNLPInitiateCommandDataV1 } from './commands/nlp-initiate-v1.ts'
import { BatchServiceSpellcheckInitiateCommandDataV1 } from './commands/spellcheck-initiate.ts'
import { BatchServiceStudentMatchingInitiateCommandDataV1 } from './commands/student-matching-initiate.ts'
import { AIFeedbackResultDataV1 } from './events/ai-feedback-result-data.ts'
import { AssessmentResultV1 } from './events/assessment-result.ts'
import { BatchContentProvisioningCompletedV1 } from './events/batch-content-provisioning-completed.ts'
import { BatchEssaysReady } from './events/batch-essays-ready.ts'
import { BatchEssaysRegistered } from './events/batch-essays-registered.ts'
import { BatchNlpAnalysisCompletedV1 } from './events/batch-nlp-analysis-completed.ts'
import { BatchPipelineCompletedV1 } from './events/batch-pipeline-completed.ts'
import { BatchResultsReadyV1 } from './events/batch-results-ready.ts'
import { BatchValidationErrorsV1 } from './events/batch-validation-errors.ts'
import { CJAssessmentCompletedV1 } from './events/cj-assessment-completed.ts'
import { CJAssessmentFailedV1 } from './events/cj-assessment-failed.ts'
import { DeadLetterDecidedV1 } from './events/dead-letter-decided.ts'
import { ELSBatchPhaseOutcomeV1 } from './events/els-batch-phase-outcome.ts'
import { EssayNlpCompletedV1 } from './events/essay-nlp-completed.ts'
import { EssaySlotAssignedV1 } from './events/essay-slot-assigned.ts'
import { PhaseMarkedV1 } from './events/phase-marked.ts'
import { PhasePauseChangedV1 } from './events/phase-pause-changed.ts'
import { PhaseSkippedV1 } from './events/phase-skipped.ts'
import { PipelineDeniedV1 } from './events/pipeline-denied.ts'
import { SpellcheckPhaseCompletedV1 } from './events/spellcheck-phase-completed.ts'
import { SpellcheckResultV1 } from './events/spellcheck-result.ts'
import { SpellcheckResultDataV1 } from './events/spellcheck-result-data.ts'
import { StudentAssociationsConfirmedV1 } from './events/student-associations-confirmed.ts'
import { TeacherNotificationRequestedV1 } from './events/teacher-notification-requested.ts'
import { type FillOrigin, type Origin, originFiller } from './origin.ts'
import { RunBook } from './run-book.ts'
import { TOPICS, type Topic } from './topics.ts'

const SCHEMAS = {
  [TOPICS.pipelineRequest]: ClientBatchPipelineRequestV1,
  [TOPICS.essaysRegistered]: BatchEssaysRegistered,
  [TOPICS.contentProvisioned]: BatchContentProvisioningCompletedV1,
  [TOPICS.essaysReady]: BatchEssaysReady,
  [TOPICS.validationErrors]: BatchValidationErrorsV1,
  [TOPICS.associationsConfirmed]: StudentAssociationsConfirmedV1,
  [TOPICS.phaseOutcome]: ELSBatchPhaseOutcomeV1,
  [TOPICS.spellcheckCommand]: BatchServiceSpellcheckInitiateCommandDataV1,
  [TOPICS.nlpCommand]: BatchServiceNLPInitiateCommandDataV2,
  [TOPICS.nlpCommandV1]: BatchServiceNLPInitiateCommandDataV1,
  [TOPICS.aiFeedbackCommand]: BatchServiceAIFeedbackInitiateCommandDataV1,
  [TOPICS.cjCommand]: BatchServiceCJAssessmentInitiateCommandDataV1,
  [TOPICS.studentMatchingCommand]: BatchServiceStudentMatchingInitiateCommandDataV1,
  [TOPICS.phaseSkipped]: PhaseSkippedV1,
  [TOPICS.pipelineDenied]: PipelineDeniedV1,
  [TOPICS.pipelineCompleted]: BatchPipelineCompletedV1,
  [TOPICS.teacherNotification]: TeacherNotificationRequestedV1,
  [TOPICS.spellcheckPhaseCompleted]: SpellcheckPhaseCompletedV1,
  [TOPICS.spellcheckResults]: SpellcheckResultV1,
  [TOPICS.spellcheckCompleted]: SpellcheckResultDataV1,
  [TOPICS.cjCompleted]: CJAssessmentCompletedV1,
  [TOPICS.cjFailed]: CJAssessmentFailedV1,
  [TOPICS.assessmentResult]: AssessmentResultV1,
  [TOPICS.nlpCompleted]: BatchNlpAnalysisCompletedV1,
  [TOPICS.essayNlpCompleted]: EssayNlpCompletedV1,
  [TOPICS.slotAssigned]: EssaySlotAssignedV1,
  [TOPICS.resultsReady]: BatchResultsReadyV1,
  [TOPICS.aiFeedbackCompleted]: AIFeedbackResultDataV1,
  [TOPICS.runChanged]: RunBook,
  [TOPICS.phaseMarked]: PhaseMarkedV1,
  [TOPICS.deadLetterDecided]: DeadLetterDecidedV1,
  [TOPICS.phasePauseChanged]: PhasePauseChangedV1,
} as const satisfies Record<Topic, z.ZodObject>

/** What a reader of the topic gets. */
export type DataOf<T extends Topic> = z.output<(typeof SCHEMAS)[T]>
/** What a sender gives: fields with a default may be left out. */
export type DataInputOf<T extends Topic> = z.input<(typeof SCHEMAS)[T]>

export type Model<T extends Topic> = z.ZodType<DataOf<T>> & Pick<z.ZodObject, 'shape'>

/** The model of the data on each topic. */
export const MODELS: { readonly [T in Topic]: Model<T> } = SCHEMAS

const FILLERS: ReadonlyMap<string, FillOrigin> = new Map(
  Object.entries(SCHEMAS).map(([topic, model]) => [topic, originFiller(model)]),
)
/** The data of a topic with its missing times and correlation ids filled in from its envelope. */
export const withOrigin = (topic: Topic, data: unknown, origin: Origin): unknown =>
  FILLERS.get(topic)?.(data, origin) ?? data

export const isTopic = (name: string): name is Topic => Object.hasOwn(MODELS, name)

/** Where `event_type` is not the topic's name (contracts, section 2). */
const EVENT_TYPES: Partial<Record<Topic, string>> = {
  [TOPICS.pipelineCompleted]: 'batch.pipeline.completed',
  [TOPICS.assessmentResult]: 'assessment.result.published',
}

export const eventTypeOf = (topic: Topic): string => EVENT_TYPES[topic] ?? topic

/** Where the batch id is not in `batch_id`. */
const BATCH_ID_FIELDS: Partial<Record<Topic, 'entity_id' | 'parent_id'>> = {
  [TOPICS.essaysRegistered]: 'entity_id',
  [TOPICS.spellcheckCommand]: 'entity_id',
  [TOPICS.nlpCommand]: 'entity_id',
  [TOPICS.nlpCommandV1]: 'entity_id',
  [TOPICS.aiFeedbackCommand]: 'entity_id',
  [TOPICS.cjCommand]: 'entity_id',
  [TOPICS.studentMatchingCommand]: 'entity_id',
  [TOPICS.cjCompleted]: 'entity_id',
  [TOPICS.cjFailed]: 'entity_id',
  [TOPICS.spellcheckCompleted]: 'parent_id',
  [TOPICS.essayNlpCompleted]: 'parent_id',
  [TOPICS.aiFeedbackCompleted]: 'parent_id',
}

/** The batch that a message is about; null when it names none (an optional field on some topics). May be empty: the wire allows it. */
export const batchIdOf = <T extends Topic>(topic: T, data: DataOf<T>): BatchId | null => {
  const id: unknown = Reflect.get(data, BATCH_ID_FIELDS[topic] ?? 'batch_id')
  return typeof id === 'string' ? batchId(id) : null
}

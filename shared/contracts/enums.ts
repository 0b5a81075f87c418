import { z } from 'zod'

/** Enums of the wire (contracts, section 6). Matched case-sensitively. */

export const PhaseName = z.enum(['spellcheck', 'ai_feedback', 'cj_assessment', 'nlp', 'student_matching'])
export type PhaseName = z.infer<typeof PhaseName>

export const BatchStatus = z.enum([
  'awaiting_content_validation',
  'content_ingestion_failed',
  'awaiting_pipeline_configuration',
  'ready_for_pipeline_execution',
  'processing_pipelines',
  'awaiting_student_validation',
  'student_validation_completed',
  'validation_timeout_processed',
  'completed_successfully',
  'completed_with_failures',
  'failed_critically',
  'cancelled',
])
export type BatchStatus = z.infer<typeof BatchStatus>

/** How one phase of a pipeline stands in the original's pipeline state. */
export const PipelineExecutionStatus = z.enum([
  'requested_by_user',
  'pending_dependencies',
  'dispatch_initiated',
  'in_progress',
  'completed_successfully',
  'completed_with_partial_success',
  'failed',
  'skipped_due_to_dependency_failure',
  'skipped_by_user_config',
  'cancelled',
])
export type PipelineExecutionStatus = z.infer<typeof PipelineExecutionStatus>

const stagesOf = <Phase extends string>(phase: Phase) =>
  [`awaiting_${phase}`, `${phase}_processing_in_progress`, `${phase}_success`, `${phase}_failed`] as const

export const EssayStatusName = z.enum([
  'uploaded',
  'text_extracted',
  'content_ingesting',
  'content_ingestion_failed',
  'ready_for_processing',
  'awaiting_spellcheck',
  'spellchecking_in_progress',
  'spellchecked_success',
  'spellcheck_failed',
  ...stagesOf('nlp'),
  ...stagesOf('ai_feedback'),
  ...stagesOf('cj_assessment'),
  ...stagesOf('editor_revision'),
  ...stagesOf('grammar_check'),
  'all_processing_completed',
  'essay_critical_failure',
])

export const ProcessingStage = z.enum(['pending', 'initialized', 'processing', 'completed', 'failed', 'cancelled'])
export const ProcessingStatus = z.enum(['pending', 'in_progress', 'completed', 'failed'])
export const CourseCode = z.enum(['ENG5', 'ENG6', 'ENG7', 'SV1', 'SV2', 'SV3'])
export type CourseCode = z.infer<typeof CourseCode>

export const ContentType = z.enum([
  'original_essay',
  'corrected_text',
  'processing_log',
  'nlp_metrics_json',
  'student_facing_ai_feedback_text',
  'ai_editor_revision_text',
  'ai_detailed_analysis_json',
  'grammar_analysis_json',
  'cj_results_json',
  'raw_upload_blob',
  'extracted_plaintext',
  'student_prompt_text',
])

/** The `event_name` of payloads that carry one (contracts, section 4.1). */
export const ProcessingEvent = z.enum([
  'client.batch.pipeline.request',
  'batch.essays.registered',
  'batch.content.provisioning.completed',
  'batch.essays.ready',
  'batch.validation.errors',
  'student.associations.confirmed',
  'els.batch.phase.outcome',
  'batch.spellcheck.initiate.command',
  'batch.nlp.initiate.command.v2',
  'batch.nlp.initiate.command',
  'batch.ai_feedback.initiate.command',
  'batch.cj_assessment.initiate.command',
  'batch.student.matching.initiate.command',
  'batch.phase.skipped',
  'pipeline.denied',
  'batch.pipeline.completed',
  'teacher.notification.requested',
  'spellcheck.phase.completed',
  'spellcheck.results',
  'essay.spellcheck.completed',
  'cj_assessment.completed',
  'cj_assessment.failed',
  'assessment.result.published',
  'batch.nlp.analysis.completed',
  'essay.nlp.completed',
  'essay.slot.assigned',
  'batch.results.ready',
  'essay.aifeedback.completed',
])
export type ProcessingEvent = z.infer<typeof ProcessingEvent>

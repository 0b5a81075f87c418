/** Every topic of the wire by what it carries (contracts, section 4.1). */
export const TOPICS = {
  pipelineRequest: 'huleedu.commands.batch.pipeline.v1',
  essaysRegistered: 'huleedu.batch.essays.registered.v1',
  contentProvisioned: 'huleedu.batch.content.provisioning.completed.v1',
  essaysReady: 'huleedu.els.batch.essays.ready.v1',
  validationErrors: 'huleedu.els.batch.validation.errors.v1',
  associationsConfirmed: 'huleedu.class.student.associations.confirmed.v1',
  phaseOutcome: 'huleedu.els.batch.phase.outcome.v1',
  spellcheckCommand: 'huleedu.els.spellcheck.initiate.command.v1',
  nlpCommand: 'huleedu.batch.nlp.initiate.command.v2',
  nlpCommandV1: 'huleedu.batch.nlp.initiate.command.v1',
  aiFeedbackCommand: 'huleedu.batch.ai_feedback.initiate.command.v1',
  cjCommand: 'huleedu.batch.cj_assessment.initiate.command.v1',
  studentMatchingCommand: 'huleedu.batch.student.matching.initiate.command.v1',
  phaseSkipped: 'huleedu.batch.phase.skipped.v1',
  pipelineDenied: 'huleedu.pipeline.denied.v1',
  pipelineCompleted: 'huleedu.batch.pipeline.completed.v1',
  teacherNotification: 'huleedu.notification.teacher.requested.v1',
  spellcheckPhaseCompleted: 'huleedu.batch.spellcheck.phase.completed.v1',
  spellcheckResults: 'huleedu.essay.spellcheck.results.v1',
  spellcheckCompleted: 'huleedu.essay.spellcheck.completed.v1',
  cjCompleted: 'huleedu.cj_assessment.completed.v1',
  cjFailed: 'huleedu.cj_assessment.failed.v1',
  assessmentResult: 'huleedu.assessment.result.published.v1',
  nlpCompleted: 'huleedu.batch.nlp.analysis.completed.v1',
  essayNlpCompleted: 'huleedu.essay.nlp.completed.v1',
  slotAssigned: 'huleedu.els.essay.slot.assigned.v1',
  resultsReady: 'huleedu.ras.batch.results.ready.v1',
  aiFeedbackCompleted: 'huleedu.essay.aifeedback.completed.v1',
  /** Ours, additive and compacted: the orchestrator's run books. */
  runChanged: 'huleedu.batch.run.changed.v1',
  /** Ours, additive: operations marked a phase of a batch as done. */
  phaseMarked: 'huleedu.batch.phase.marked.v1',
  /** Ours, additive: what was decided about a dead letter. */
  deadLetterDecided: 'huleedu.dead.letter.decided.v1',
  /** Ours, additive and compacted: runs are held back before a phase, or go on. */
  phasePauseChanged: 'huleedu.phase.pause.changed.v1',
} as const

export type Topic = (typeof TOPICS)[keyof typeof TOPICS]

/** Topics that keep the last record of each key for ever; a record without a value there deletes its key. */
export const COMPACTED_TOPICS: ReadonlySet<string> = new Set([TOPICS.runChanged, TOPICS.phasePauseChanged])

/** Topics of one partition, however many the others have: of two messages with one key the offset tells which is newer. */
export const ONE_PARTITION_TOPICS: ReadonlySet<string> = new Set([TOPICS.phasePauseChanged])

const KEYS: ReadonlyMap<Topic, string> = new Map([
  [TOPICS.spellcheckPhaseCompleted, 'the essay id'],
  [TOPICS.spellcheckResults, 'the essay id'],
  [TOPICS.spellcheckCompleted, 'the essay id'],
  [TOPICS.essayNlpCompleted, 'the essay id'],
  [TOPICS.aiFeedbackCompleted, 'the essay id'],
  [TOPICS.slotAssigned, 'the essay id'],
  [TOPICS.assessmentResult, 'the id of the assessment job'],
  [TOPICS.deadLetterDecided, "the dead letter's id"],
  [TOPICS.phasePauseChanged, 'the phase'],
])

/** What the key of a topic's messages is, in words; what we send is keyed by the batch, what the original's services send as they do. */
export const keyOf = (topic: Topic): string => KEYS.get(topic) ?? 'the batch id'

/** Where the dead letters of a topic go. */
export const dlqOf = (topic: string): string => `${topic}.DLQ`

/** Failed resolutions of the conductor go to the dead letters of this name; it is no topic itself. */
export const RESOLUTION = 'huleedu.pipelines.resolution'

/** Everything that has dead letters: the topics of the wire, and resolutions. */
export const DEAD_LETTER_BASES: readonly string[] = [...Object.values(TOPICS), RESOLUTION]

import { isTombstone, receiveAs } from '../../shared/contracts/receive.ts'
import type { Topic } from '../../shared/contracts/topics.ts'
import { recordedTraceOf } from '../../shared/contracts/traced.ts'
import { MalformedError } from '../../shared/errors.ts'
import type { BatchId } from '../../shared/ids.ts'
import type { LogRecord } from '../../shared/log/port.ts'
import { partitionName } from '../../shared/store/marker/key.ts'
import type { EventFacts } from '../state/facts.ts'
import { aiFeedbackResult } from './ai-feedback-result.ts'
import { assessmentResult } from './assessment-result.ts'
import { associationsConfirmed } from './associations-confirmed.ts'
import { cjAssessmentCompleted } from './cj-assessment-completed.ts'
import { cjAssessmentFailed } from './cj-assessment-failed.ts'
import { contentProvisioned } from './content-provisioned.ts'
import { essayNlpCompleted } from './essay-nlp-completed.ts'
import { essaysReady } from './essays-ready.ts'
import { essaysRegistered } from './essays-registered.ts'
import { nlpAnalysisCompleted } from './nlp-analysis-completed.ts'
import { phaseMarked } from './phase-marked.ts'
import { phaseOutcome } from './phase-outcome.ts'
import type { Projection, ProjectionContext } from './projection.ts'
import { runChanged } from './run-changed.ts'
import { spellcheckPhaseCompleted } from './spellcheck-phase-completed.ts'
import { spellcheckResult, spellcheckResultData } from './spellcheck-result.ts'
import { validationErrors } from './validation-errors.ts'

/** What a record says about which batch. */
export interface Projected {
  readonly topic: string
  /** Null when it says nothing of any batch: a tombstone. */
  readonly batchId: BatchId | null
  readonly event: EventFacts
  /** Who sent it, as it says itself; undefined of a tombstone. */
  readonly source: string | undefined
}

type Project = (record: LogRecord, context: ProjectionContext) => Projected

const reader = <T extends Topic>({ topic, project }: Projection<T>): Project => {
  /** By their number: a name that is made anew for each event is compared sign by sign wherever it is looked up. */
  const partitions: string[] = []
  return (record, context) => {
    const received = receiveAs(topic, record)
    if (!received.batchId) throw new MalformedError('data_invalid', 'the message names no batch')
    const { source_service: source, correlation_id: correlationId } = received.envelope
    const traceparent = recordedTraceOf(received)
    const cause = traceparent === undefined ? undefined : { correlationId, traceparent }
    const partition = partitions[record.partition] ?? partitionName(record)
    partitions[record.partition] = partition
    const event = { partition, offset: record.offset, facts: project(received, context), cause }
    return { topic, batchId: received.batchId, event, source }
  }
}

/** Every event that says something about a batch. A new projection is a file and a line here. */
const PROJECTIONS: ReadonlyMap<string, Project> = new Map([
  [essaysRegistered.topic, reader(essaysRegistered)],
  [contentProvisioned.topic, reader(contentProvisioned)],
  [essaysReady.topic, reader(essaysReady)],
  [validationErrors.topic, reader(validationErrors)],
  [spellcheckPhaseCompleted.topic, reader(spellcheckPhaseCompleted)],
  [spellcheckResult.topic, reader(spellcheckResult)],
  [spellcheckResultData.topic, reader(spellcheckResultData)],
  [essayNlpCompleted.topic, reader(essayNlpCompleted)],
  [nlpAnalysisCompleted.topic, reader(nlpAnalysisCompleted)],
  [aiFeedbackResult.topic, reader(aiFeedbackResult)],
  [cjAssessmentCompleted.topic, reader(cjAssessmentCompleted)],
  [cjAssessmentFailed.topic, reader(cjAssessmentFailed)],
  [assessmentResult.topic, reader(assessmentResult)],
  [associationsConfirmed.topic, reader(associationsConfirmed)],
  [phaseOutcome.topic, reader(phaseOutcome)],
  [phaseMarked.topic, reader(phaseMarked)],
  [runChanged.topic, reader(runChanged)],
] satisfies readonly (readonly [string, Project])[])

/** The topics that the conductor projects. */
export const PROJECTED_TOPICS: readonly string[] = [...PROJECTIONS.keys()]

/** Reads a record and says what it means. Throws a MalformedError when it cannot be read or names no batch. */
export const projectRecord = (record: LogRecord, context: ProjectionContext): Projected => {
  if (isTombstone(record)) {
    const event = { partition: partitionName(record), offset: record.offset, facts: [] }
    return { topic: record.topic, batchId: null, event, source: undefined }
  }
  const project = PROJECTIONS.get(record.topic)
  if (!project) throw new Error(`nothing projects the topic ${record.topic}`)
  return project(record, context)
}

import type { ClientStatus } from '../../shared/contracts/http/conductor.ts'

/** One thing that a client does. */
export type Step =
  /** Asks for a pipeline. */
  | { readonly kind: 'request'; readonly pipeline: string }
  /** Waits until the batch stands so. */
  | { readonly kind: 'wait'; readonly status: ClientStatus }
  /** Cancels the run that is active. */
  | { readonly kind: 'cancel' }

/** Something that a batch can go through, made to happen by the ids of its essays (`simulator/marks.ts`). */
export interface Scenario {
  readonly name: string
  /** What there is to see, in one sentence. */
  readonly shows: string
  readonly essays: readonly string[]
  /** Makes the batch REGULAR. */
  readonly classId?: string
  readonly steps: readonly Step[]
  /** How the batch stands at the end. */
  readonly status: ClientStatus
}

const request = (pipeline: string): Step => ({ kind: 'request', pipeline })
const wait = (status: ClientStatus): Step => ({ kind: 'wait', status })

/** Every client status, and what else a front end must be able to show. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'pending-content',
    shows: 'a batch whose content never comes',
    essays: ['anna', 'bo-lose-content'],
    steps: [],
    status: 'pending_content',
  },
  {
    name: 'waiting-request',
    shows: 'a request that waits for content; after READY_WAIT_SECONDS it is refused',
    essays: ['anna', 'bo-lose-content'],
    steps: [request('nlp')],
    status: 'pending_content',
  },
  {
    name: 'ready',
    shows: 'a batch that can be worked on',
    essays: ['anna', 'bo'],
    steps: [],
    status: 'ready',
  },
  {
    name: 'class',
    shows: 'a batch of a class, ready once its students are confirmed',
    essays: ['anna', 'bo'],
    classId: 'class-7b',
    steps: [],
    status: 'ready',
  },
  {
    name: 'refused-content',
    shows: 'a batch of which content validation refused one essay; the others go on',
    essays: ['anna', 'bo-fail-content'],
    steps: [request('spellcheck')],
    status: 'completed_successfully',
  },
  {
    name: 'failed-content',
    shows: 'a batch without a single text that can be used',
    essays: ['anna-fail-content', 'bo-fail-content'],
    steps: [],
    status: 'failed',
  },
  {
    name: 'processing',
    shows: 'a run that waits for a specialist of whom nothing is heard, until the deadline of the phase',
    essays: ['anna', 'bo-lose-spellcheck'],
    steps: [request('nlp')],
    status: 'processing',
  },
  {
    name: 'completed',
    shows: 'a run in which everything succeeds',
    essays: ['anna', 'bo', 'cleo'],
    steps: [request('ai_feedback')],
    status: 'completed_successfully',
  },
  {
    name: 'completed-with-failures',
    shows: 'a run that goes on without the essay that failed half-way',
    essays: ['anna', 'bo-fail-nlp', 'cleo'],
    steps: [request('ai_feedback')],
    status: 'completed_with_failures',
  },
  {
    name: 'failed',
    shows: 'a run in which no essay passes a phase; later phases say why they did not run',
    essays: ['anna-fail-spellcheck', 'bo-fail-spellcheck'],
    steps: [request('ai_feedback')],
    status: 'failed',
  },
  {
    name: 'skipped',
    shows: 'a second pipeline that runs only what the first has not done',
    essays: ['anna', 'bo'],
    steps: [request('nlp'), wait('completed_successfully'), request('cj_assessment')],
    status: 'completed_successfully',
  },
  {
    name: 'refused-request',
    shows: 'a request that is refused while another one runs',
    essays: ['anna', 'bo-lose-nlp'],
    steps: [request('nlp'), wait('processing'), request('cj_assessment')],
    status: 'processing',
  },
  {
    name: 'bad-way',
    shows: 'repeated, overtaken and late messages, which change nothing',
    essays: ['anna-repeat-spellcheck', 'bo-reorder-nlp', 'cleo-late-ai_feedback'],
    steps: [request('ai_feedback')],
    status: 'completed_successfully',
  },
  {
    name: 'cancelled',
    shows: 'a run that is cancelled while it waits for a specialist',
    essays: ['anna', 'bo-lose-spellcheck'],
    steps: [request('nlp'), wait('processing'), { kind: 'cancel' }],
    status: 'cancelled',
  },
]

import type { components, paths } from './openapi.ts'

/** Names for what the API takes and gives, so that nobody has to write out the paths of the generated types. */

type Schemas = components['schemas']
type Json<Answer> = Answer extends { readonly content: { readonly 'application/json': infer Body } } ? Body : never
type AnswerOf<Operation, Status extends number> = Operation extends { readonly responses: infer Responses }
  ? Status extends keyof Responses
    ? Json<Responses[Status]>
    : never
  : never

export type Problem = Schemas['Problem']
export type ProblemCode = Problem['code']
export type RegisterBatchRequest = Schemas['RegisterBatchRequest']
export type PipelineRequest = Schemas['BatchPipelineRequest']
export type Role = NonNullable<Schemas['DevTokenRequest']['roles']>[number]
export type CourseCode = RegisterBatchRequest['course_code']

export type Registered = AnswerOf<paths['/v1/batches/register']['post'], 202>
export type Accepted = AnswerOf<paths['/v1/batches/{batch_id}/pipelines']['post'], 202>
export type Batches = AnswerOf<paths['/v1/batches']['get'], 200>
export type BatchSummary = Batches['batches'][number]
export type BatchesQuery = NonNullable<paths['/v1/batches']['get']['parameters']['query']>
export type Essays = AnswerOf<paths['/v1/batches/{batch_id}/essays']['get'], 200>
export type EssaysQuery = NonNullable<paths['/v1/batches/{batch_id}/essays']['get']['parameters']['query']>
export type Runs = AnswerOf<paths['/v1/batches/{batch_id}/runs']['get'], 200>
export type PlanRequest = Schemas['PlanRequest']
export type Plan = AnswerOf<paths['/v1/batches/{batch_id}/plans']['post'], 200>
export type RetryRequest = Schemas['RetryBatchRequest']
type RetryAnswers = paths['/v1/batches/{batch_id}/retry']['post']
export type Retried = AnswerOf<RetryAnswers, 200> | AnswerOf<RetryAnswers, 202>
export type Cancelled = AnswerOf<paths['/v1/batches/{batch_id}/cancel']['post'], 200>
export type UploadedFiles = Schemas['UploadedFiles']
export type PromptRequest = Schemas['PromptRequest']
export type PromptSet = Schemas['PromptSet']
export type Pipeline = AnswerOf<paths['/v1/pipelines']['get'], 200>['pipelines'][number]

export type BatchStatus = AnswerOf<paths['/v1/batches/{batch_id}/status']['get'], 200>
type Details = BatchStatus['details']

export type BatchState = BatchStatus['status']
export type EssayStatus = Details['essays'][number]
export type PhaseProgress = Details['phases'][number]
export type RequestEntry = Details['requests'][number]
export type Run = NonNullable<Details['run']>
export type RunPhase = Run['phases'][number]

/** A batch at one revision, as streams send it: all but its essays, which are paged elsewhere. */
export interface BatchSnapshot {
  readonly status: BatchState
  readonly details: Omit<Details, 'essays' | 'essays_truncated'>
}

/** For operations. */
type Admin<Path extends keyof paths> = paths[Path] extends { readonly get: infer Get } ? AnswerOf<Get, 200> : never

export type Health = Admin<'/v1/admin/health'>
export type Figures = Admin<'/v1/admin/figures'>
export type StuckRuns = Admin<'/v1/admin/stuck-runs'>
export type LetterGroups = Admin<'/v1/admin/dead-letters/groups'>
export type LetterGroup = LetterGroups['groups'][number]
export type Letters = Admin<'/v1/admin/dead-letters'>
export type Letter = Letters['letters'][number]
export type LettersQuery = NonNullable<paths['/v1/admin/dead-letters']['get']['parameters']['query']>
export type LetterDetail = Admin<'/v1/admin/dead-letters/{letter_id}'>
type Redrive = paths['/v1/admin/dead-letter-redrives']['post']
export type RedriveRequest = Redrive['requestBody']['content']['application/json']
export type Redriven = AnswerOf<Redrive, 200>

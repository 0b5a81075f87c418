import type { z } from 'zod'
import type { ClientStatus, DefineRequest, DefineResponse, StatusResponse } from '../shared/contracts/http/conductor.ts'
import type {
  LetterBody,
  LetterDetail,
  LetterFilterBody,
  LetterGroupsBody,
  LettersPage,
  RedriveRequest,
  RedriveResponse,
} from '../shared/contracts/http/dead-letters.ts'
import type { BatchesPage, EssayFilter, EssaysPage, RunsResponse } from '../shared/contracts/http/lists.ts'
import type {
  BatchOwnerResponse,
  CancelRequest,
  CancelResponse,
  RegisterResponse,
  RetryRequest,
  RetryResponse,
  StuckResponse,
} from '../shared/contracts/http/orchestrator.ts'
import type { RegisterBatchRequest } from '../shared/contracts/http/registration.ts'
import type { NewerAnswer, NewerRequest } from '../shared/contracts/http/snapshots.ts'
import type { HealthOptions } from '../shared/http/health.ts'
import type { AppDeps } from '../shared/http/ports.ts'
import type { Upgrade } from '../shared/http/sockets.ts'
import type { EventLog } from '../shared/log/port.ts'
import type { Catalog } from '../shared/pipelines/catalog.ts'
import type { AuditSink } from './audit/port.ts'
import type { User } from './env.ts'
import type { Figures } from './figures.ts'
import type { IdempotencyDeps } from './idempotency/middleware.ts'
import type { LimiterDeps } from './limits/middleware.ts'
import type { Live } from './live/create.ts'
import type { Owners } from './owners.ts'
import type { PromptSet } from './prompt.ts'
import type { UploadFilesDeps } from './routes/upload-files.ts'
import type { SignToken } from './sign-in/sign.ts'
import type { Tokens } from './sign-in/tokens.ts'
import type { Tickets } from './tickets/tickets.ts'

export type BatchesQuery = ({ readonly user_id: string } | { readonly org_id: string }) & {
  readonly status?: ClientStatus | undefined
  readonly limit: number
  readonly cursor?: string | undefined
}

export interface EssaysQuery extends EssayFilter {
  readonly limit: number
  readonly cursor?: string | undefined
}

export interface LettersQuery extends LetterFilterBody {
  readonly limit: number
  readonly cursor?: string | undefined
}

/** Whether a service behind us can do its work; of one that says it cannot, it is not known why. */
export interface ServiceHealth {
  readonly status: 'ready' | 'not_ready' | 'unreachable'
  readonly dependencies: Record<string, { status: 'ready' | 'not_ready'; warnings?: string[] | undefined }>
}

/** What the gateway asks of the conductor. */
export interface ConductorPort {
  /** Undefined for a batch that it does not know (yet). */
  status(batchId: string, correlationId: string): Promise<StatusResponse | undefined>
  /** Snapshots of those of these batches that are newer than the revision given; one answer for each, in order. */
  newer(batches: Readonly<NewerRequest['batches']>): Promise<readonly NewerAnswer[]>
  batches(query: BatchesQuery, correlationId: string): Promise<BatchesPage>
  /** Undefined for a batch that it does not know (yet); so for runs. */
  essays(batchId: string, query: EssaysQuery, correlationId: string): Promise<EssaysPage | undefined>
  runs(batchId: string, correlationId: string): Promise<RunsResponse | undefined>
  define(request: DefineRequest): Promise<DefineResponse>
  /** For operations, as the four that follow. */
  letters(query: LettersQuery, correlationId: string): Promise<z.infer<typeof LettersPage>>
  letterGroups(filter: LetterFilterBody, correlationId: string): Promise<z.infer<typeof LetterGroupsBody>>
  letter(letterId: string, correlationId: string): Promise<z.infer<typeof LetterDetail>>
  redrive(request: z.infer<typeof RedriveRequest>, caller: Caller): Promise<RedriveResponse>
  park(letterId: string, caller: Caller): Promise<LetterBody>
  health(correlationId: string): Promise<ServiceHealth>
}

type Own = 'user_id' | 'request_id'
export type CancelBody = Omit<z.infer<typeof CancelRequest>, Own>
export type RetryBody = Omit<RetryRequest, Own>

/** Who asks, and under which correlation id. */
export interface Caller {
  readonly user: User
  readonly correlationId: string
}

/** What the gateway asks of the orchestrator. */
export interface OrchestratorPort {
  /** A repeat by the same user with the same request id gives the same batch. */
  register(body: RegisterBatchRequest, caller: Caller, requestId: string): Promise<RegisterResponse>
  /** Undefined for a batch that was never registered. */
  owner(batchId: string, correlationId: string): Promise<BatchOwnerResponse | undefined>
  /** A repeat with the same request id does nothing more; so for a retry. */
  cancel(batchId: string, body: CancelBody, caller: Caller, requestId: string): Promise<CancelResponse>
  retry(batchId: string, body: RetryBody, caller: Caller, requestId: string): Promise<RetryResponse>
  setPrompt(batchId: string, body: object, caller: Caller): Promise<PromptSet>
  /** For operations. */
  stuck(query: object, correlationId: string): Promise<z.infer<typeof StuckResponse>>
  health(correlationId: string): Promise<ServiceHealth>
}

/** The console's page and its files. */
export interface ConsoleFiles {
  /** HTML, with `%SIGN_IN%` and `%NONCE%` to be filled in. */
  readonly page: () => Promise<string>
  /** A file by name, compressed if the client takes that; undefined where there is none. */
  readonly asset: (name: string, acceptEncoding: string) => Promise<Response | undefined>
}

/** All that the gateway's app needs; it touches nothing else, so it runs wherever web standards do. */
export interface GatewayDeps extends Omit<AppDeps, 'service'> {
  readonly log: Pick<EventLog, 'publish'>
  readonly conductor: ConductorPort
  readonly orchestrator: OrchestratorPort
  readonly owners: Owners
  readonly live: Live
  readonly tickets: Tickets
  readonly upgrade: Upgrade
  /** Where there is a content service. */
  readonly uploads: Omit<UploadFilesDeps, 'owners'> | undefined
  readonly catalog: Catalog
  readonly tokens: Pick<Tokens, 'verify'>
  /** Given in development only: then `/dev/token` exists. */
  readonly signToken: SignToken | undefined
  readonly corsOrigins: readonly string[]
  /** The client's address; trusted, so never a header that anyone can write. */
  readonly peerOf: (request: Request) => string
  readonly limiter: LimiterDeps
  readonly idempotency: Omit<IdempotencyDeps, 'logger' | 'clock'>
  readonly published: (topic: string, outcome: 'acknowledged' | 'failed', seconds: number) => void
  /** Each of them gets every entry. */
  readonly audit: readonly AuditSink[]
  readonly maxBatchEssays: number
  readonly publishTimeoutMs: number
  readonly health: Omit<HealthOptions, 'service'>
  readonly figures: () => Promise<Figures>
  /** A file of the documentation page by name; undefined where there is none. */
  readonly asset: (name: string) => Promise<Response | undefined>
  /** Undefined: there is no console. */
  readonly console: ConsoleFiles | undefined
}

import type { Followed } from './load.ts'
import type { ModelBatch } from './model.ts'

interface Run {
  readonly correlation_id: string
  readonly status: string
}
interface Request {
  readonly correlation_id: string
  readonly verdict: string
}

/** One batch as the gateway shows it, as the conductor keeps it, and as the log tells it. */
export interface Views extends Followed {
  readonly status: Shown | undefined
  readonly state: Kept | undefined
  readonly model: ModelBatch | undefined
}
/** Of `StatusDetails`. */
interface Shown {
  readonly run: Run | null
  readonly requests: readonly Request[]
  readonly phases: readonly { readonly phase: string; readonly succeeded: number }[]
}
/** Of `BatchState`. */
interface Kept {
  readonly run_book: { readonly runs: readonly Run[]; readonly requests: readonly Request[] } | null
  readonly tally: readonly { readonly phases: Readonly<Record<string, string>>; readonly count: number }[]
}

/** What was counted, and what is wrong by kind: all lists are empty when all is well. */
export const createVerdict = () => ({
  lost: [] as string[],
  commandedTwice: [] as string[],
  notEnded: [] as string[],
  different: [] as string[],
})
export type Verdict = ReturnType<typeof createVerdict>

/** What gateway, conductor and log must agree on. Zeros are left out. */
interface Picture {
  readonly run: string | undefined
  readonly verdicts: readonly string[]
  readonly succeeded: Readonly<Record<string, number>>
}

const countsOf = (entries: Iterable<readonly [string, number]>): Readonly<Record<string, number>> =>
  Object.fromEntries([...entries].filter(([, count]) => count > 0).sort(([a], [b]) => (a < b ? -1 : 1)))

const verdictsOf = (requests: readonly Request[]) =>
  requests.map(({ correlation_id, verdict }) => `${correlation_id} ${verdict}`).sort()

const shown = ({ run, requests, phases }: Shown): Picture => ({
  run: run ? `${run.correlation_id} ${run.status}` : undefined,
  verdicts: verdictsOf(requests),
  succeeded: countsOf(phases.map(({ phase, succeeded }) => [phase, succeeded])),
})

const kept = ({ run_book, tally }: Kept): Picture => {
  const succeeded = new Map<string, number>()
  for (const { phases, count } of tally)
    for (const [phase, fact] of Object.entries(phases))
      if (fact === 'succeeded') succeeded.set(phase, (succeeded.get(phase) ?? 0) + count)
  const run = run_book?.runs.at(-1)
  return {
    run: run && `${run.correlation_id} ${run.status}`,
    verdicts: verdictsOf(run_book?.requests ?? []),
    succeeded: countsOf(succeeded),
  }
}

const told = ({ ends, denied, succeeded }: ModelBatch): Picture => {
  const last = [...ends].at(-1)
  return {
    run: last?.join(' '),
    verdicts: [...[...ends.keys()].map((id) => `${id} accepted`), ...[...denied].map((id) => `${id} refused`)].sort(),
    succeeded: countsOf([...succeeded].map(([phase, essays]) => [phase, essays.size])),
  }
}

/** Judges one batch. */
export const judge = (verdict: Verdict, { batchId, accepted, status, state, model }: Views): void => {
  for (const id of accepted) {
    const request = status?.requests.find(({ correlation_id }) => correlation_id === id)
    if (request?.verdict !== 'accepted' && request?.verdict !== 'refused')
      verdict.lost.push(`${batchId}: the accepted request ${id} is ${request?.verdict ?? 'unknown'}`)
    else if (request.verdict === 'accepted' && !model?.ends.has(id))
      verdict.notEnded.push(`${batchId}: the run of ${id} has not ended`)
  }
  for (const [what, ids] of model?.said ?? [])
    if (ids.size > 1) verdict.commandedTwice.push(`${batchId}: ${what} under ${ids.size} ids: ${[...ids].join(', ')}`)
  if (!status || !state || !model) {
    const missing = [!status && 'the gateway', !state && 'the conductor', !model && 'the log'].filter(Boolean)
    verdict.different.push(`${batchId}: unknown to ${missing.join(', ')}`)
    return
  }
  const pictures = { gateway: shown(status), conductor: kept(state), log: told(model) }
  const texts = Object.entries(pictures).map(([of, picture]) => [of, JSON.stringify(picture)] as const)
  if (new Set(texts.map(([, text]) => text)).size > 1)
    verdict.different.push([`${batchId}:`, ...texts.map(([of, text]) => `  ${of}: ${text}`)].join('\n'))
}

import { z } from 'zod'
import { StatusDetails } from '../../shared/contracts/http/conductor.ts'
import { sleep } from '../../shared/retry.ts'
import type { Insist } from '../e2e/insist.ts'
import { REQUEST, type System } from '../e2e/system.ts'

const Status = z.object({ details: StatusDetails })

/** A batch, and the requests for it that were answered 202. */
export interface Followed {
  readonly batchId: string
  readonly accepted: readonly string[]
}

export interface LoadDeps {
  readonly system: Pick<System, 'call' | 'numbers'>
  readonly insist: Insist
  readonly batches: number
  readonly workers: number
}

/** Milliseconds between two looks at a batch, so that all workers together look 120 times a second at most. */
const lookEveryMs = (workers: number): number => Math.max(300, workers * 8)

/** Whether every one of these requests has a verdict that can be seen, and what runs has ended. */
export const isDecided = ({ requests, run }: StatusDetails, accepted: readonly string[]): boolean =>
  run?.status !== 'processing' &&
  accepted.every((id) =>
    requests.some(({ correlation_id, verdict }) => correlation_id === id && /accepted|refused/.test(verdict)),
  )

/**
 * Teachers who register batches, ask for a pipeline, some of them twice, and look on until it has ended. Calls are repeated
 * until they are accepted. `problems` takes what no client may ever see.
 */
export const createLoad = ({ system, insist, batches, workers }: LoadDeps) => {
  const followed: Followed[] = []
  const problems: string[] = []
  const revisions = new Map<string, number>()
  let begun = 0
  let ended = 0

  const look = async (batchId: string, n: number): Promise<StatusDetails | undefined> => {
    const gateway = system.numbers[n % system.numbers.length]
    const answer = await system.call(`/v1/batches/${batchId}/status`, undefined, gateway).catch(() => undefined)
    if (!answer?.ok) return undefined
    const { details } = Status.parse(await answer.json())
    const before = revisions.get(batchId) ?? 0
    if (details.revision < before) problems.push(`${batchId}: its revision went from ${before} to ${details.revision}`)
    revisions.set(batchId, details.revision)
    return details
  }

  const one = async (n: number, signal: AbortSignal): Promise<void> => {
    // In one of ten batches an essay fails on the way.
    const essays = [`essay-${n}-a`, n % 10 === 0 ? `essay-${n}-fail-nlp` : `essay-${n}-b`]
    const body = { expected_essay_count: 2, course_code: 'ENG5', essay_ids: essays }
    const { batch_id: batchId } = await insist('/v1/batches/register', body, `register-${n}`, signal)
    const accepted: string[] = []
    followed.push({ batchId, accepted })
    for (let request = 0; request < (n % 5 === 0 ? 2 : 1); request++) {
      const path = `/v1/batches/${batchId}/pipelines`
      accepted.push((await insist(path, REQUEST, `request-${n}-${request}`, signal)).correlation_id)
    }
    for (let turn = 0; !signal.aborted; turn++) {
      const details = await look(batchId, turn)
      if (details && isDecided(details, accepted)) break
      await sleep(lookEveryMs(workers), signal)
    }
    ended += 1
  }

  const worker = async (signal: AbortSignal): Promise<void> => {
    while (begun < batches && !signal.aborted) {
      const n = begun++
      await one(n, signal).catch((thrown: unknown) => {
        if (!signal.aborted) problems.push(`batch ${n}: ${String(thrown)}`)
      })
    }
  }

  return {
    /** Resolves when everything has ended, or soon after the signal aborts. */
    run: async (signal: AbortSignal): Promise<void> => {
      await Promise.all(Array.from({ length: workers }, () => worker(signal)))
    },
    look,
    followed: (): readonly Followed[] => followed,
    problems: (): readonly string[] => problems,
    progress: (): string => `${followed.length} batches registered, ${ended} ended`,
  }
}
export type Load = ReturnType<typeof createLoad>

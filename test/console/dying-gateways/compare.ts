import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { StatusDetails, StatusResponse } from '../../../shared/contracts/http/conductor.ts'
import { sleep } from '../../../shared/retry.ts'
import type { System } from '../../e2e/system.ts'
import type { Watcher } from './watcher.ts'

export interface CompareDeps {
  readonly system: Pick<System, 'callAt' | 'callInside'>
  /** Where the gateways are reached. */
  readonly baseUrl: string
  readonly watchers: readonly Watcher[]
  readonly signal: AbortSignal | undefined
}

const ClientStatus = z.object({ details: StatusDetails })
/** A client that lost its stream at last waits for up to 15 s before it tries again. */
const TURNS = 100
const TURN_MS = 400
/** Clients that are looked at together. */
const TOGETHER = 16

/** What both routes say and the client shows must be one state; waited for as long as a client may need to come back. */
const differenceOf = async (
  { system, baseUrl, signal }: CompareDeps,
  watcher: Watcher,
): Promise<string | undefined> => {
  const id = encodeURIComponent(watcher.batchId)
  let difference = ''
  for (let turn = 0; turn < TURNS && !signal?.aborted; turn++) {
    try {
      const [seen, known] = await Promise.all([
        system.callAt(baseUrl, `/v1/batches/${id}/status`).then((answer) => answer.json()),
        system.callInside('conductor', `/internal/v1/batches/${id}/status`).then((answer) => answer.json()),
      ])
      const { essays, essays_truncated, ...gateway } = ClientStatus.parse(seen).details
      const conductor = StatusResponse.parse(known).details.revision
      const shown = watcher.shown()?.details
      if (gateway.revision === conductor && isDeepStrictEqual(shown, gateway)) return undefined
      difference = `shows ${shown?.revision}, the status route ${gateway.revision}, the conductor ${conductor}`
    } catch (thrown) {
      difference = String(thrown)
    }
    await sleep(TURN_MS, signal)
  }
  return `${watcher.batchId}: ${difference}`
}

/** The clients whose last state is not that of the gateway's status and of the conductor. */
export const compare = async (deps: CompareDeps): Promise<readonly string[]> => {
  const behind: string[] = []
  for (let first = 0; first < deps.watchers.length; first += TOGETHER) {
    const together = deps.watchers.slice(first, first + TOGETHER)
    const differences = await Promise.all(together.map((watcher) => differenceOf(deps, watcher)))
    behind.push(...differences.filter((difference) => difference !== undefined))
  }
  return behind
}

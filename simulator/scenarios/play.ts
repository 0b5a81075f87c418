import type { ClientStatus } from '../../shared/contracts/http/conductor.ts'
import type { ScenarioClient, Status } from './client.ts'
import type { Scenario, Step } from './scenarios.ts'

export interface ScenarioDeps {
  readonly client: ScenarioClient
  readonly sleep: (ms: number) => Promise<void>
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** One line for a person to read. */
  readonly print: (line: string) => void
  /** Milliseconds between two looks; as often as the gateway's usual limit allows by default. */
  readonly everyMs?: number
  /** Milliseconds until a scenario is given up; default 60,000. */
  readonly limitMs?: number
}

/** Plays scenarios as a client of the gateway, and prints what becomes of the batch. */
export const createScenarioPlayer = (deps: ScenarioDeps) => {
  const { client, sleep, clock, print, everyMs = 1_250, limitMs = 60_000 } = deps

  /**
   * Plays one scenario. Resolves with the last status when the batch stands as the scenario says, all its requests decided or
   * waiting; rejects when that takes too long.
   */
  return async function play(scenario: Scenario): Promise<Status> {
    await client.signIn()
    const batch = await client.register(scenario.essays, scenario.classId ?? null)
    print(`${scenario.name}: batch ${batch}`)
    const requests: string[] = []
    let printed = ''

    const look = async (): Promise<Status> => {
      const status = await client.status(batch)
      const line = lineOf(status)
      if (line !== printed) print(`  ${line}`)
      printed = line
      return status
    }
    const reach = async (wanted: ClientStatus): Promise<Status> => {
      const deadline = clock() + limitMs
      for (;;) {
        const status = await look()
        if (status.status === wanted && isSettled(status, requests)) return status
        if (clock() >= deadline)
          throw new Error(`${scenario.name}: ${status.status}, and not ${wanted} in ${limitMs} ms`)
        await sleep(everyMs)
      }
    }
    const take = async (step: Step): Promise<void> => {
      switch (step.kind) {
        case 'request':
          requests.push(await client.request(batch, step.pipeline))
          return
        case 'wait':
          await reach(step.status)
          return
        case 'cancel':
          await client.cancel(batch)
      }
    }

    for (const step of scenario.steps) await take(step)
    return reach(scenario.status)
  }
}

/** Whether each request was heard of, and none is being planned: what is shown is not about to change by itself. */
const isSettled = ({ details, status }: Status, requests: readonly string[]): boolean =>
  requests.every((id) => {
    const mine = details.requests.find(({ correlation_id }) => correlation_id === id)
    if (mine === undefined || mine.verdict === 'planning') return false
    return mine.verdict !== 'waiting_for_content' || status === 'pending_content'
  })

/** One line for a person: `processing | phases: spellcheck completed_successfully, nlp running | requests: nlp accepted`. */
const lineOf = ({ status, details }: Status): string => {
  const phases = details.run?.phases.map(({ phase, status: word }) => `${phase} ${word}`).join(', ')
  const requests = details.requests
    .map(({ requested_pipeline, verdict, reason }) => `${requested_pipeline} ${verdict}${reason ? ` (${reason})` : ''}`)
    .join(', ')
  return [status, phases && `phases: ${phases}`, requests && `requests: ${requests}`].filter(Boolean).join(' | ')
}

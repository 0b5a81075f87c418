import { parseArgs } from 'node:util'
import { asError } from '../../shared/errors.ts'
import type { Fetch } from '../../shared/http/client.ts'
import { createScenarioClient } from './client.ts'
import { createScenarioPlayer } from './play.ts'
import { SCENARIOS, type Scenario } from './scenarios.ts'

const USAGE = `usage: bun simulator/scenarios/main.ts [--gateway URL] [--token TOKEN] [NAME...]

Plays scenarios against a gateway whose specialists are the simulator; without a name it lists them.
  --gateway   where the gateway is; http://127.0.0.1:4001 by default
  --token     a token to use instead of the development sign-in
`

export interface CommandDeps {
  readonly args: readonly string[]
  readonly fetch: Fetch
  readonly sleep: (ms: number) => Promise<void>
  readonly clock: () => number
  readonly print: (line: string) => void
  /** Milliseconds between two looks at a batch. */
  readonly everyMs?: number
}

/** Lists scenarios or plays those that are named, one after the other; resolves with the exit code. */
export const scenariosCommand = async ({ args, fetch, sleep, clock, print, everyMs }: CommandDeps): Promise<number> => {
  try {
    const { names, gateway, token } = read(args)
    if (names.length === 0) {
      print(list())
      return 0
    }
    const chosen = choose(names)
    const client = createScenarioClient({ gateway, token, fetch, sleep })
    const play = createScenarioPlayer({ client, sleep, clock, print, ...(everyMs === undefined ? {} : { everyMs }) })
    for (const scenario of chosen) await play(scenario)
    return 0
  } catch (thrown) {
    print(asError(thrown).message)
    return 1
  }
}

const read = (args: readonly string[]) => {
  const options = { gateway: { type: 'string', default: 'http://127.0.0.1:4001' }, token: { type: 'string' } } as const
  const parsed = parse(() => parseArgs({ args: [...args], options, allowPositionals: true }))
  const { gateway, token } = parsed.values
  if (!URL.canParse(gateway)) throw new Error(`--gateway ${gateway}: is no URL\n\n${USAGE}`)
  return { names: parsed.positionals, gateway, token }
}

const parse = <Result>(work: () => Result): Result => {
  try {
    return work()
  } catch (thrown) {
    throw new Error(`${asError(thrown).message}\n\n${USAGE}`, { cause: thrown })
  }
}

const choose = (names: readonly string[]): readonly Scenario[] =>
  names.map((name) => {
    const scenario = SCENARIOS.find((one) => one.name === name)
    if (!scenario) throw new Error(`there is no scenario ${name}\n\n${list()}`)
    return scenario
  })

const list = (): string =>
  SCENARIOS.map(({ name, status, shows }) => `${name.padEnd(24)} ${status.padEnd(24)} ${shows}`).join('\n')

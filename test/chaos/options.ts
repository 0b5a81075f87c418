import { parseArgs } from 'node:util'
import { z } from 'zod'

export const USAGE = `usage: bun run chaos [--batches 2000] [--seconds 4] [--seed 1] [--workers 250] [--replicas 2]
                      [--rounds N] [--minutes 20] [--fsync everysec]

  --batches   how many batches are registered and asked for a pipeline
  --seconds   from one kill or restart to the next
  --seed      chooses whom it befalls, and how
  --workers   how many batches are under way at the same time
  --replicas  how many there are of each service
  --rounds    how often it befalls each of them; until all batches have ended when it is left out
  --minutes   after so many everything ends, with what is then not done
  --fsync     how Redis writes its append-only file: always | everysec
`

export interface ChaosOptions {
  readonly batches: number
  /** From one kill or restart to the next. */
  readonly everyMs: number
  readonly seed: number
  /** How many batches are under way at the same time. */
  readonly workers: number
  /** How many there are of each service. */
  readonly replicas: number
  /** How often each service is killed and each engine restarted; at least once, and until all have ended by default. */
  readonly rounds: number
  /** After so long nobody is waited for any more. */
  readonly limitMs: number
  readonly fsync: 'always' | 'everysec'
}

const whole = (preset: number, min: number) => z.coerce.number().int().min(min).default(preset)
const Values = z.strictObject({
  batches: whole(2_000, 1),
  seconds: z.coerce.number().min(0.1).default(4),
  seed: whole(1, 0),
  workers: whole(250, 1),
  replicas: whole(2, 1),
  rounds: whole(Number.MAX_SAFE_INTEGER, 1),
  minutes: z.coerce.number().positive().default(20),
  fsync: z.enum(['always', 'everysec']).default('everysec'),
})

/** Throws for an option that it does not know, or that is not of its kind. */
export const parseOptions = (args: readonly string[]): ChaosOptions => {
  const names = Object.keys(Values.shape)
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' } as const]))
  const { values } = parseArgs({ args: [...args], options })
  const { data, error } = Values.safeParse(values)
  if (!data) throw new Error(error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`).join('\n'))
  const { seconds, minutes, ...rest } = data
  return { ...rest, everyMs: seconds * 1_000, limitMs: minutes * 60_000 }
}

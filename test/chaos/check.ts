import { join } from 'node:path'
import { BatchState } from '../../shared/contracts/http/operations.ts'
import { createKafkaLog } from '../../shared/log/kafka/log.ts'
import { messagesOn } from '../e2e/messages.ts'
import { startCommand } from '../e2e/process.ts'
import type { System } from '../e2e/system.ts'
import type { Engine } from '../engines/engine.ts'
import { silent } from '../support/silent.ts'
import type { Load } from './load.ts'
import { foldLog, MODEL_TOPICS } from './model.ts'
import { createVerdict, judge, type Verdict } from './verify.ts'

const ROOT = join(import.meta.dir, '../..')
const READ_MS = 120_000
/** Batches that are looked at together. */
const TOGETHER = 16

export interface CheckDeps {
  readonly system: System
  readonly kafka: Engine
  readonly redis: Engine
  readonly load: Load
}

/** Holds every batch's status and facts against the log, read from its beginning. */
export const check = async ({ system, kafka, redis, load }: CheckDeps): Promise<Verdict> => {
  const log = createKafkaLog({ brokers: [kafka.address], clientId: 'chaos', logger: silent })
  const messages = await messagesOn(log, MODEL_TOPICS, READ_MS).finally(() => log.close())
  const models = foldLog(messages)
  const verdict = createVerdict()
  const stateOf = async (batchId: string): Promise<BatchState | undefined> => {
    const answer = await system.callInside('conductor', `/internal/v1/batches/${batchId}/state`)
    return answer.ok ? BatchState.parse(await answer.json()) : undefined
  }
  const followed = load.followed()
  for (let first = 0; first < followed.length; first += TOGETHER)
    await Promise.all(
      followed.slice(first, first + TOGETHER).map(async (one) => {
        const [status, state] = await Promise.all([load.look(one.batchId, first), stateOf(one.batchId)])
        judge(verdict, { ...one, status, state, model: models.get(one.batchId) })
      }),
    )
  verdict.different.push(...(await rebuildDifferences(kafka, redis)))
  return verdict
}

/** What `bun run rebuild` finds: every fact that the live state and a projection of the whole log do not share. */
const rebuildDifferences = async (kafka: Engine, redis: Engine): Promise<readonly string[]> => {
  const command = [process.execPath, 'conductor/commands/rebuild/main.ts', '--all']
  const program = startCommand(command, ROOT, { KAFKA_BROKERS: kafka.address, REDIS_URL: redis.address })
  await program.exited
  const output = program.output().trim()
  return /\b0 different, 0 replaced, 0 undecided\b/.test(output) ? [] : [`rebuild: ${output}`]
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { Brokers, kafkaConfig, parseEnvironment, RedisUrl, redisConfig } from '../../../shared/config.ts'
import { asError } from '../../../shared/errors.ts'
import { batchId } from '../../../shared/ids.ts'
import { createLifecycle } from '../../../shared/lifecycle.ts'
import { createLogger } from '../../../shared/telemetry/logger.ts'
import { conductorFields } from '../../config.ts'
import { liveState } from '../../rebuild/live-state.ts'
import { rebuild } from '../../rebuild/rebuild.ts'

const USAGE = `usage: bun run rebuild (--batch ID | --all) [--apply]

Projects the log from its beginning and prints where the state and the lists of owners differ; with --apply replaces what does.
With KAFKA_BROKERS and REDIS_URL (and DATABASE_URL, where the archive is) it works on those, else on the files in DATA_DIR (stop npm start first).
`

const Config = z.object({
  ...kafkaConfig,
  ...redisConfig,
  KAFKA_BROKERS: Brokers.optional(),
  REDIS_URL: RedisUrl.optional(),
  DATABASE_URL: conductorFields.DATABASE_URL,
  DATA_DIR: z.string().default('./data'),
})

const print = (line: string) => void process.stdout.write(`${line}\n`)
const logger = createLogger({ service: 'rebuild', level: 'error', write: (line) => void process.stderr.write(line) })
const lifecycle = createLifecycle(logger)

try {
  const { values } = parseArgs({
    args: process.argv.slice(2),
    options: { batch: { type: 'string' }, all: { type: 'boolean' }, apply: { type: 'boolean', default: false } },
  })
  if ((values.batch === undefined) === (values.all === undefined)) throw new Error(USAGE)
  const config = parseEnvironment(Config, process.env)
  const folder = mkdtempSync(join(tmpdir(), 'baton-rebuild-'))
  lifecycle.onStop('shadow', () => rmSync(folder, { recursive: true }))
  const deps = liveState({ config, logger, lifecycle })
  const only = values.batch === undefined ? undefined : batchId(values.batch)
  const { undecided } = await rebuild(
    { ...deps, print, sleep: (ms) => Bun.sleep(ms), shadowPath: join(folder, 'shadow.sqlite') },
    { only, apply: values.apply },
  )
  process.exitCode = undecided > 0 ? 3 : 0
} catch (thrown) {
  process.stderr.write(`${asError(thrown).message}\n`)
  process.exitCode = 1
} finally {
  await lifecycle.stop()
}

import { existsSync, readdirSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const POM = join(import.meta.dir, 'kafka.pom.xml')
/** Git-ignored. The version is part of the name: another version is another folder. */
const KAFKA_LIB = join(import.meta.dir, '../../.engines/kafka-4.1.0')
const TRIES = 3

/** Where the programs of the engines are. */
export interface EnginePrograms {
  readonly redisServer: string
  readonly nginx: string
  readonly java: string
  /** The folder with the broker's jars. */
  readonly kafkaLib: string
  /** The folder with the server and `initdb`. */
  readonly postgresBin: string
}

/** What is installed already, or undefined when something is missing. */
export const findEngines = (): EnginePrograms | undefined => {
  const redisServer = which('redis-server')
  const nginx = which('nginx')
  const java = which('java')
  const postgresBin = findPostgres()
  return redisServer && nginx && java && postgresBin && existsSync(KAFKA_LIB)
    ? { redisServer, nginx, java, kafkaLib: KAFKA_LIB, postgresBin }
    : undefined
}

const DEBIAN_POSTGRES = '/usr/lib/postgresql'

/** Debian keeps the server's programs off PATH, in a folder for each version: the newest. */
export const findPostgres = (): string | undefined => {
  const onPath = Bun.which('initdb')
  if (onPath) return dirname(onPath)
  const versions = existsSync(DEBIAN_POSTGRES) ? readdirSync(DEBIAN_POSTGRES) : []
  const [newest] = versions.sort((a, b) => Number(b) - Number(a)).map((version) => `${DEBIAN_POSTGRES}/${version}/bin`)
  return newest !== undefined && existsSync(join(newest, 'initdb')) ? newest : undefined
}

/** Debian keeps servers where the PATH of some users does not lead. */
const which = (program: string): string | null =>
  Bun.which(program) ?? Bun.which(program, { PATH: '/usr/sbin:/usr/local/sbin' })

export const run = async (command: string[]): Promise<void> => {
  const child = Bun.spawn(command, {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  const textOf = (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => new Response(stream).text()
  const [out, err, code] = await Promise.all([textOf(child.stdout), textOf(child.stderr), child.exited])
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}:\n${`${out}${err}`.slice(-2000)}`)
}

/** Registries have bad moments: tries again, the pause a little longer each time. */
export const retried = async (step: () => Promise<void>): Promise<void> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await step()
    } catch (error) {
      if (attempt === TRIES) throw error
      await Bun.sleep(attempt * 3_000)
    }
  }
}

const need = (program: string, why: string): string => {
  const path = which(program)
  if (!path) throw new Error(`${program} is missing: ${why}`)
  return path
}

/** Debian's packages for the programs that are missing. */
const installPackages = async (packages: readonly string[]): Promise<void> => {
  const names = packages.join(' ')
  const advice = `install them by hand (on Debian: apt-get install ${names})`
  const apt = need('apt-get', `${names} not installed, and this is no Debian: ${advice}`)
  if (process.getuid?.() !== 0) throw new Error(`${names} missing, and only root can install: ${advice}`)
  await retried(async () => {
    await run([apt, 'update', '-qq'])
    await run([apt, 'install', '-y', '-qq', '--no-install-recommends', ...packages])
  })
}

const installKafka = async (): Promise<void> => {
  const maven = need('mvn', "Kafka's jars come from Maven Central; install Maven")
  // Copied beside and then renamed, so that the folder exists only when it is complete.
  const partial = `${KAFKA_LIB}.partial-${process.pid}`
  const copy = [maven, '-q', '-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${partial}`]
  try {
    await mkdir(partial, { recursive: true })
    await retried(() => run(copy))
    if (!existsSync(KAFKA_LIB)) await rename(partial, KAFKA_LIB)
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

/**
 * Installs what is missing: Redis, Postgres, nginx and Chromium from Debian's packages, Kafka's jars from Maven Central
 * (43 MB, about 10 s). Rejects with what to do when java, mvn or apt-get is not there.
 */
export const installEngines = async (report: (line: string) => void): Promise<EnginePrograms> => {
  const java = need('java', 'Kafka 4.1 runs on Java 17 or newer')
  const missing = [
    ...['redis-server', 'nginx', 'chromium'].filter((program) => !which(program)),
    ...(findPostgres() ? [] : ['postgresql']),
  ]
  if (missing.length > 0) {
    report(`installing ${missing.join(' and ')}`)
    await installPackages(missing)
  }
  if (!existsSync(KAFKA_LIB)) {
    report("copying Kafka's jars")
    await installKafka()
  }
  const installed = (program: string) => need(program, 'its package is installed, but not on PATH')
  const postgresBin = findPostgres()
  if (!postgresBin) throw new Error(`postgresql is installed, but there is no initdb in ${DEBIAN_POSTGRES}`)
  return { redisServer: installed('redis-server'), nginx: installed('nginx'), java, kafkaLib: KAFKA_LIB, postgresBin }
}

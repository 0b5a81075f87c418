/**
 * Measures the published figures and prints them as one table:
 *
 *   bun run bench                 all of them, on engines of its own
 *   bun run bench publish         only those named
 *
 * Writes what it measured to bench/results.json; figures that were not asked for keep what stands there.
 * With KAFKA_BROKERS and REDIS_URL set it measures on those engines instead.
 */
import { cpus } from 'node:os'
import type { BenchEngines, Figure, Row } from './figure.ts'
import { FIGURES } from './figures.ts'
import { keepResult } from './results.ts'

const write = (line: string) => process.stdout.write(`${line}\n`)
const round = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3))

const line = ({ what, value, ceiling, cpuMs, note }: Row): string => {
  const ratio = ceiling === undefined ? '' : (value / ceiling).toFixed(2)
  return `| ${what} | ${round(value)} | ${ceiling === undefined ? '' : round(ceiling)} | ${ratio} | ${cpuMs === undefined ? '' : round(cpuMs)} | ${note ?? ''} |`
}

const chosen = (names: readonly string[]): readonly Figure[] => {
  const unknown = names.filter((name) => !FIGURES.some((figure) => figure.name === name))
  if (unknown.length > 0)
    throw new Error(`no figure ${unknown.join(', ')}; there are ${FIGURES.map(({ name }) => name).join(', ')}`)
  return FIGURES.filter(({ name }) => names.length === 0 || names.includes(name))
}

const measureAll = async (figures: readonly Figure[], engines: BenchEngines): Promise<void> => {
  const machine = `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, Bun ${Bun.version}`
  write(machine)
  for (const figure of figures) {
    write(
      `\n${figure.name}: ${figure.about}\n\n| what | value | ceiling | ratio | CPU ms | note |\n| --- | --: | --: | --: | --: | --- |`,
    )
    const rows = await figure.measure(engines)
    for (const row of rows) write(line(row))
    await keepResult({ machine, figure, rows })
  }
  write('\nnpm run scaling brings docs/scaling.md up to date')
}

const { KAFKA_BROKERS, REDIS_URL } = process.env
try {
  const figures = chosen(process.argv.slice(2))
  if (KAFKA_BROKERS && REDIS_URL) {
    await measureAll(figures, { brokers: KAFKA_BROKERS.split(','), redisUrl: REDIS_URL })
    process.exit(0)
  }
  // The engines' runner starts a Kafka and a Redis, runs this once more with their addresses, and stops them.
  const again = [process.execPath, import.meta.path, ...process.argv.slice(2)]
  const runner = Bun.spawn([process.execPath, `${import.meta.dir}/../test/engines/run.ts`, ...again], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  process.exit(await runner.exited)
} catch (thrown) {
  process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n`)
  process.exit(1)
}

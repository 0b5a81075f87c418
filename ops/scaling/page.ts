import type { Results } from '../../bench/results.ts'
import { simulateDay } from './simulate.ts'

const BATCHES_PER_DAY = 1_000_000
const ESSAYS_PER_DAY = 100_000_000
const PEAK = 4
const EVENTS_PER_ESSAY = 3

const figureOf = (results: Results, figure: string, begins: string): number => {
  const row = results[figure]?.rows.find(({ what }) => what.startsWith(begins))
  if (!row) throw new Error(`bench/results.json has no "${begins}" of ${figure}: npm run bench -- ${figure}`)
  return row.value
}

const number = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)))

const part = (name: string, perDay: number, serviceSeconds: number, servers: number, grows: string): string => {
  const { load, p99 } = simulateDay({ perDay, peak: PEAK, serviceSeconds, servers, seconds: 120, seed: 1 })
  const cores = (perDay / 86_400) * PEAK * serviceSeconds
  return `| ${name} | ${number(1_000 * serviceSeconds)} | ${number(cores)} | ${servers} | ${number(100 * load)} % | ${number(1_000 * p99)} | ${grows} |`
}

/** Cores for this much work, with a third to spare. */
const coresFor = (perDay: number, serviceSeconds: number): number =>
  Math.max(2, Math.ceil((1.5 * perDay * PEAK * serviceSeconds) / 86_400))

/** `docs/scaling.md`, from what was measured. */
export const scalingPage = (results: Results): string => {
  const gateway = figureOf(results, 'requests', 'CPU ms of the gateway for a request') / 1_000
  const orchestrator = figureOf(results, 'requests', 'CPU ms of the orchestrator for a batch') / 1_000
  const projected = 1 / figureOf(results, 'projection', 'events/s')
  const bytes = figureOf(results, 'memory', 'bytes of Redis for an essay')
  const events = ESSAYS_PER_DAY * EVENTS_PER_ESSAY
  const measured = Object.values(results)
    .flatMap(({ rows, command }) => rows.map((row) => ({ ...row, command })))
    .map(({ what, value, ceiling, cpuMs, command }) => {
      const best = ceiling === undefined ? ['', ''] : [number(ceiling), (value / ceiling).toFixed(2)]
      const cpu = cpuMs === undefined ? '' : number(cpuMs)
      return `| ${what} | ${number(value)} | ${best[0]} | ${best[1]} | ${cpu} | \`${command}\` |`
    })
  return `# Scaling

<!-- Made by \`npm run scaling\` from bench/results.json; a test holds both equal. -->

## What was measured

On one machine that ran everything at once, clients and engines too (${results['requests']?.machine ?? 'unknown'}). They say what a
core does and how near it comes to a ceiling of the same run, not what your hardware does: run \`npm run bench\` there.

| what | value | ceiling | ratio | CPU ms for one | command |
| --- | --: | --: | --: | --: | --- |
${measured.join('\n')}

![Figures against the ceiling of the same run](images/figures.svg)

By size: processes of each service (by what a run costs, as cores are few), partitions, essays of a batch, and batches known.

![Figures by size, against the smallest](images/scale.svg)

## A million batches a day

${number(BATCHES_PER_DAY)} batches and ${number(ESSAYS_PER_DAY)} essays a day, the busiest hour ${PEAK} times an average one. The cores that this needs by the figures
above, and what a simulation of that hour with so many servers says: how busy they are, and how long work waits (exponential arrivals and
service times, first come, first served).

| part | CPU ms for one | cores, busiest hour | simulated with | busy | waits, ms, 99 % | grows by |
| --- | --: | --: | --: | --: | --: | --- |
${[
  part(
    'gateway, a request',
    10 * BATCHES_PER_DAY,
    gateway,
    coresFor(10 * BATCHES_PER_DAY, gateway),
    'replicas; it keeps no state',
  ),
  part(
    'orchestrator, a batch',
    BATCHES_PER_DAY,
    orchestrator,
    coresFor(BATCHES_PER_DAY, orchestrator),
    'replicas, up to the partitions',
  ),
  part('conductor, an event', events, projected, coresFor(events, projected), 'replicas, up to the partitions'),
].join('\n')}

Ten requests a batch are taken for the gateway (registration, request, looks at the status; streams cost less than looking). The
conductor's figure is wall time of a projection that has the machine to itself, Kafka and Redis included, so its cores are too many rather
than too few; so are the orchestrator's, measured with batches of three essays and what it does when idle.

**The first limit is memory of Redis**: ${number(bytes)} bytes an essay. Without an archive (\`DATABASE_URL\`) nothing leaves it; with one, 30 days
(\`STATE_EXPIRY_DAYS\`) are ${number((bytes * ESSAYS_PER_DAY * 30) / 1e12)} TB at this load and 3 days, which are enough, ${number((bytes * ESSAYS_PER_DAY * 3) / 1e9)} GB: shards of a Cluster, over which 256 buckets spread. **The second is partitions**: members of a
group beyond \`TOPIC_PARTITIONS\` have nothing to do. Kafka itself takes ${number((events / 86_400) * PEAK)} events a second in the busiest hour, which three brokers do.

## Not measured

More than one machine. What 2 and 4 processes of a service do at a time is not to be seen on two cores: their CPU for a run is, idle work included, which each process does for itself.
`
}

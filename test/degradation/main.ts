/**
 * `npm run degradation`: takes each dependency away from a running system, on real engines of its own, writes down what every
 * kind of call is answered, and sees that what was accepted meanwhile is done once it is back. Then restarts every service
 * in turn under load. Writes the table of docs/degradation.md; exits with 1 when something was lost or had no bound.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { createInsist } from '../e2e/insist.ts'
import { REQUEST, type Service, type System, startSystem } from '../e2e/system.ts'
import { installEngines } from '../engines/install.ts'
import { createKafkaNode } from '../engines/kafka.ts'
import { createRedisNode } from '../engines/redis.ts'
import { until } from '../support/until.ts'

const PAGE = join(import.meta.dir, '../../docs/degradation.md')
const [BEGIN, END] = ['<!-- measured -->', '<!-- /measured -->']
/** Whatever happens, a caller has an answer after so many milliseconds. */
const BOUND_MS = 12_000

const say = (line: string) => process.stderr.write(`${line}\n`)
const Body = z.looseObject({ code: z.string().optional(), batch_id: z.string().optional(), status: z.unknown() })
const read = async (answer: Response) => Body.parse(await answer.json())

const register = async (system: System): Promise<string> => {
  const body = { expected_essay_count: 2, course_code: 'ENG5', essay_ids: ['a', 'b'] }
  return (await read(await system.call('/v1/batches/register', body))).batch_id ?? ''
}
const statusOf = async (system: System, batch: string, n = 1) =>
  (await read(await system.call(`/v1/batches/${batch}/status`, undefined, n))).status
const untilStatus = (system: System, batch: string, wanted: RegExp) =>
  until(async () => wanted.test(String(await statusOf(system, batch))), {
    ...{ timeoutMs: 120_000, what: `${batch} to be ${wanted}`, intervalMs: 200 },
  })

interface Fault {
  readonly name: string
  readonly begin: () => unknown
  readonly end: () => unknown
}

/** What a call is answered, and how long that took. */
const probe = async (call: () => Promise<Response>): Promise<{ text: string; ms: number; ok: boolean }> => {
  const started = performance.now()
  const answer = await call().catch(() => undefined)
  const ms = performance.now() - started
  if (!answer) return { text: 'no answer', ms, ok: false }
  const { code } = answer.ok ? { code: undefined } : await read(answer)
  return { text: code === undefined ? `${answer.status}` : `${answer.status} \`${code}\``, ms, ok: answer.ok }
}

const matrix = async (system: System, faults: readonly Fault[]): Promise<readonly string[]> => {
  const rows: string[] = []
  for (const fault of faults) {
    // Two batches: one is only looked at, the other is asked for a pipeline while the fault lasts.
    const [looked, asked] = [await register(system), await register(system)]
    await Promise.all([looked, asked].map((batch) => untilStatus(system, batch, /ready/)))
    say(`${fault.name}: begins`)
    await fault.begin()
    const calls = {
      registration: () => system.call('/v1/batches/register', { expected_essay_count: 1, course_code: 'ENG5' }),
      request: () => system.call(`/v1/batches/${asked}/pipelines`, REQUEST),
      keyed: () =>
        system.call(`/v1/batches/${asked}/pipelines`, REQUEST, 1, { 'idempotency-key': crypto.randomUUID() }),
      status: () => system.call(`/v1/batches/${looked}/status`),
      plan: () => system.call(`/v1/batches/${looked}/plans`, REQUEST),
      pipelines: () => system.call('/v1/pipelines'),
    }
    const seen: { text: string; ms: number; ok: boolean }[] = []
    for (const call of Object.values(calls)) seen.push(await probe(call))
    const slow = seen.filter(({ ms, text }) => ms > BOUND_MS || text === 'no answer')
    if (slow.length > 0) throw new Error(`${fault.name}: a call had no answer within ${BOUND_MS} ms`)
    await fault.end()
    const back = performance.now()
    await system.allReady()
    // Whatever the answer was: with one more request, which may be refused because the first one runs, the run ends.
    await until(async () => (await system.call(`/v1/batches/${asked}/pipelines`, REQUEST)).ok, {
      ...{ timeoutMs: 60_000, what: 'requests to be accepted again', intervalMs: 200 },
    })
    await untilStatus(system, asked, /^completed/)
    const seconds = (performance.now() - back) / 1_000
    say(`${fault.name}: all done ${seconds.toFixed(1)} s after its end`)
    rows.push(`| ${[fault.name, ...seen.map(({ text }) => text), 'ended'].join(' | ')} |`)
  }
  return rows
}

/** Requests all the time, each repeated under its key until it is accepted, while every service is restarted in turn. */
const rollingRestart = async (system: System): Promise<string> => {
  const batches: string[] = []
  let stopping = false
  const { insist, repeats } = createInsist(system)
  const load = async (worker: number): Promise<void> => {
    for (let n = 0; !stopping; n++) {
      const body = { expected_essay_count: 1, course_code: 'ENG5', essay_ids: ['a'] }
      const { batch_id } = await insist('/v1/batches/register', body, `register-${worker}-${n}`)
      await insist(`/v1/batches/${batch_id}/pipelines`, REQUEST, `request-${worker}-${n}`)
      batches.push(batch_id)
      await Bun.sleep(100)
    }
  }
  const loads = Promise.all([1, 2, 3].map(load))
  for (const replica of system.replicas) {
    const code = await system.end(replica, 'SIGTERM')
    if (code !== 0) throw new Error(`${replica} stopped with ${code}`)
    system.start(replica)
    await system.allReady()
    say(`${replica}: restarted`)
  }
  stopping = true
  await loads
  for (const batch of batches) await untilStatus(system, batch, /^completed/)
  return `Every service restarted in turn, two of each, under load: ${batches.length} of ${batches.length} accepted requests ended, ${repeats()} calls were repeated by their clients.`
}

const programs = await installEngines(say)
const [kafka, redis] = await Promise.all([createKafkaNode(programs), createRedisNode(programs)])
let system: System | undefined
let exitCode = 0
try {
  await Promise.all([kafka.start(), redis.start()])
  system = await startSystem({ kafka, redis, replicas: 1 })
  const one = system
  const service = (name: Service): Fault => ({
    name: `the ${name} is killed`,
    begin: () => one.end(`${name}-1`, 'SIGKILL'),
    end: () => one.start(`${name}-1`),
  })
  const flap = async () => {
    for (let n = 0; n < 5; n++) {
      redis.freeze()
      await Bun.sleep(300)
      redis.thaw()
      await Bun.sleep(300)
    }
  }
  let flapping: Promise<void> = Promise.resolve()
  const rows = await matrix(system, [
    { name: 'Kafka is killed', begin: () => kafka.kill(), end: () => kafka.start() },
    { name: 'Kafka hangs', begin: () => kafka.freeze(), end: () => kafka.thaw() },
    { name: 'Redis is killed', begin: () => redis.kill(), end: () => redis.start() },
    { name: 'Redis hangs', begin: () => redis.freeze(), end: () => redis.thaw() },
    {
      name: 'Redis hangs every 300 ms',
      begin() {
        flapping = flap()
      },
      end: () => flapping,
    },
    service('conductor'),
    service('orchestrator'),
  ])
  await system.stop()
  system = await startSystem({ kafka, redis, replicas: 2 })
  const rolled = await rollingRestart(system)
  const table = [
    '| what happens | registration | pipeline request | the same with a key | status | plan | list of pipelines | what was accepted |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
  const page = await readFile(PAGE, 'utf8')
  const [before = '', rest = ''] = page.split(BEGIN)
  await writeFile(PAGE, `${before}${BEGIN}\n\n${table}\n\n${rolled}\n\n${END}${rest.split(END)[1] ?? ''}`)
  process.stdout.write(`${table}\n\n${rolled}\n`)
} catch (thrown) {
  say(thrown instanceof Error ? `${thrown.message}\n${thrown.stack}` : String(thrown))
  exitCode = 1
} finally {
  await system?.stop()
  kafka.thaw()
  redis.thaw()
  await Promise.allSettled([kafka.dispose(), redis.dispose()])
}
process.exit(exitCode)

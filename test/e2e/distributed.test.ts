import { afterAll, beforeAll, expect, test } from 'bun:test'
import { z } from 'zod'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { createKafkaLog } from '../../shared/log/kafka/log.ts'
import { describeEngines, freePort, uniquePrefix } from '../support/engines.ts'
import { silent } from '../support/silent.ts'
import { until } from '../support/until.ts'
import { identities, messagesOn } from './messages.ts'
import { createProgramPool, type Program } from './process.ts'
import { createTeacher, type Teacher } from './teacher.ts'

const SERVICES = ['gateway', 'conductor', 'orchestrator', 'simulator'] as const
type Service = (typeof SERVICES)[number]

const Plan = z.object({
  active: z.object({ correlation_id: z.string() }).nullable(),
  phases: z.array(z.object({ decision: z.string(), reason: z.string() })),
})

/** The main job with every service a process of its own, two of each, on a real Kafka and a real Redis. */
describeEngines('two of each service on Kafka and Redis', ({ brokers, redisUrl }) => {
  const programs = createProgramPool()
  const prefix = uniquePrefix()
  const running = new Map<string, Program>()
  const environments = new Map<string, Readonly<Record<string, string>>>()
  let teacher: Teacher

  const replicas = (service: Service): readonly string[] => [`${service}-1`, `${service}-2`]
  const start = (replica: string): void => {
    const service = replica.replace(/-\d$/, '')
    running.set(replica, programs.start(`${service}/main.ts`, environments.get(replica) ?? {}))
  }
  /** Those that listen; the simulator does not. */
  const readyOnes = (ports: ReadonlyMap<string, string>) =>
    Promise.all(
      [...ports].map(async ([replica, port]) => {
        const { ok } = await fetch(`http://127.0.0.1:${port}/readyz`)
        return ok ? [replica] : []
      }),
    )

  beforeAll(async () => {
    const common = {
      KAFKA_BROKERS: brokers.join(','),
      KAFKA_PREFIX: prefix,
      KAFKA_SESSION_TIMEOUT_MS: '6000',
      REDIS_URL: redisUrl,
      REDIS_PREFIX: prefix,
      TOPIC_PARTITIONS: '4',
      INTERNAL_API_KEY: 'an-internal-key-for-tests',
      JWT_SECRET: 'a-secret-of-more-than-32-characters-in-all',
      AUTH_MODE: 'dev',
      SIMULATOR_PHASE_MS: '300',
      RATE_LIMIT_PIPELINES_PER_MINUTE: '0',
      RATE_LIMIT_STATUS_PER_MINUTE: '0',
      RATE_LIMIT_DEFAULT_PER_MINUTE: '0',
    }
    const ports = new Map<string, string>()
    const listening = SERVICES.filter((service) => service !== 'simulator')
    for (const replica of listening.flatMap(replicas)) ports.set(replica, String(await freePort()))
    const url = (service: Service, n: number) => `http://127.0.0.1:${ports.get(`${service}-${n}`)}`
    for (const n of [1, 2])
      for (const service of SERVICES)
        environments.set(`${service}-${n}`, {
          ...common,
          [`${service.toUpperCase()}_PORT`]: ports.get(`${service}-${n}`) ?? '',
          CONDUCTOR_URL: url('conductor', n),
          ORCHESTRATOR_URL: url('orchestrator', n),
        })
    for (const replica of environments.keys()) start(replica)
    await until(async () => (await readyOnes(ports)).flat().length === ports.size, {
      timeoutMs: 90_000,
      what: 'all services to be ready',
      intervalMs: 100,
    })
    teacher = await createTeacher([url('gateway', 1), url('gateway', 2)])
  }, 120_000)
  afterAll(() => programs.endAll())

  test('a plan made right after a registration knows the batch, and one right after a run knows its end', async () => {
    const batch = await teacher.register(['anna'])
    const plan = async () => {
      const answer = await teacher.post(`/v1/batches/${batch}/plans`, { requested_pipeline: 'spellcheck' })
      // Not before the conductor has read the registration: that is told, and no plan is made without it.
      if (answer.status === 503) return undefined
      return { status: answer.status, ...Plan.parse(await answer.json()) }
    }
    const early = await until(plan, { timeoutMs: 20_000, what: 'a plan' })
    expect(early).toMatchObject({ status: 200, active: null })
    expect(early.phases.map(({ reason }) => reason)).not.toContain('batch_not_registered')
    const correlation_id = await teacher.request(batch, 'spellcheck')
    await teacher.ended(batch, correlation_id)
    const after = await until(plan, { timeoutMs: 20_000, what: 'the next plan' })
    expect(after).toMatchObject({ active: null, phases: [{ decision: 'skip' }] })
  }, 150_000)

  test('a batch goes through two pipelines, and one that is running refuses a second request', async () => {
    const batch = await teacher.register(['anna', 'bo', 'cleo-fail-nlp'])
    const first = await teacher.request(batch, 'ai_feedback')
    const second = await teacher.request(batch, 'cj_assessment')
    const refused = (await teacher.decided(batch, second)).details.requests
    expect(refused.find(({ correlation_id }) => correlation_id === second)).toMatchObject({ verdict: 'refused' })
    const feedback = await teacher.ended(batch, first)
    expect(feedback.status).toBe('completed_with_failures')
    const graded = await teacher.ended(batch, await teacher.request(batch, 'cj_assessment'))
    expect(graded.details.run?.phases.map(({ phase, status }) => [phase, status])).toEqual([
      ['spellcheck', 'skipped'],
      ['cj_assessment', 'completed_successfully'],
    ])
  }, 60_000)

  test('with one of each killed in the middle and started again, every run ends and nothing is done twice', async () => {
    const names = Array.from({ length: 8 }, (_, n) => `batch-${n}`)
    const batches = await Promise.all(names.map((name) => teacher.register([`${name}-a`, `${name}-b`])))
    const requests = await Promise.all(batches.map((batch) => teacher.request(batch, 'ai_feedback')))
    const [watched = ''] = batches
    await until(async () => (await teacher.statusOf(watched)).details.run?.phases.some(({ attempt }) => attempt > 0), {
      timeoutMs: 30_000,
      what: 'work to begin',
    })
    const before = await Promise.all(batches.map((batch) => teacher.statusOf(batch)))
    expect(before.map(({ status }) => status)).toContain('processing')
    const killed = SERVICES.map((service) => `${service}-1`)
    await Promise.all(killed.map((replica) => running.get(replica)?.end('SIGKILL')))
    for (const replica of killed) start(replica)

    const ended = await Promise.all(batches.map((batch, i) => teacher.ended(batch, requests[i] ?? '')))
    expect(ended.map(({ status }) => status)).toEqual(batches.map(() => 'completed_successfully'))

    const log = createKafkaLog({ brokers, clientId: 'test', prefix, logger: silent })
    const topics = [TOPICS.spellcheckCommand, TOPICS.nlpCommand, TOPICS.aiFeedbackCommand, TOPICS.pipelineCompleted]
    const ids = identities(await messagesOn(log, topics))
    await log.close()
    expect(batches.flatMap((batch) => topics.map((topic) => ids.get(`${batch} ${topic}`)?.size))).toEqual(
      batches.flatMap(() => topics.map(() => 1)),
    )
  }, 120_000)

  test('each stops gracefully when it is told to', async () => {
    const codes = await Promise.all([...running.values()].map((program) => program.end('SIGTERM')))
    expect(codes).toEqual(codes.map(() => 0))
  }, 40_000)
})

import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { createEmbeddedLog } from '../../shared/log/embedded/log.ts'
import { freePort } from '../support/free-port.ts'
import { silent } from '../support/silent.ts'
import { until } from '../support/until.ts'
import { identities, messagesOn } from './messages.ts'
import { createProgramPool, type Program } from './process.ts'
import { createTeacher, type Status, type Teacher } from './teacher.ts'

/** The main job in one process on SQLite files, as `npm start` runs it. */

const programs = createProgramPool()
const folders: string[] = []
afterAll(async () => {
  await programs.endAll()
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })))
})

const environment = async (over: Readonly<Record<string, string>> = {}) => {
  const folder = await mkdtemp(join(tmpdir(), 'baton-e2e-'))
  folders.push(folder)
  return {
    DATA_DIR: folder,
    GATEWAY_PORT: String(await freePort()),
    CONDUCTOR_PORT: String(await freePort()),
    ORCHESTRATOR_PORT: String(await freePort()),
    SIMULATOR_PHASE_MS: '20',
    RATE_LIMIT_PIPELINES_PER_MINUTE: '0',
    RATE_LIMIT_STATUS_PER_MINUTE: '0',
    RATE_LIMIT_DEFAULT_PER_MINUTE: '0',
    ...over,
  }
}
type Environment = Awaited<ReturnType<typeof environment>>

const start = async (env: Environment): Promise<Program> => {
  const program = programs.start('start.ts', env)
  await until(() => program.output().includes('Baton is ready'), { timeoutMs: 20_000, what: 'the start' })
  return program
}
const teacherOf = (env: Environment): Promise<Teacher> => createTeacher([`http://127.0.0.1:${env.GATEWAY_PORT}`])

/** What a run's phases are compared by. */
interface PhaseEnd {
  readonly phase: string
  readonly decision: string
  readonly status: string
  readonly succeeded: number
  readonly failed: number
}
const phasesOf = ({ details }: Status): readonly PhaseEnd[] | undefined =>
  details.run?.phases.map(({ phase, decision, status, succeeded, failed }) => ({
    phase,
    decision,
    status,
    succeeded,
    failed,
  }))
const ran = (phase: string, succeeded: number, failed = 0): PhaseEnd => ({
  phase,
  decision: 'run',
  status: failed === 0 ? 'completed_successfully' : 'completed_with_failures',
  succeeded,
  failed,
})

describe('a batch of essays', () => {
  let env: Environment
  let teacher: Teacher
  beforeAll(async () => {
    env = await environment({ SIMULATOR_LATE_MS: '2000' })
    await start(env)
    teacher = await teacherOf(env)
  }, 30_000)

  test('goes from registration through every phase of a pipeline to its end, in one order of states', async () => {
    // Late, so that its run is seen under way.
    const batch = await teacher.register(['anna', 'bo', 'cleo-late-nlp'])
    const correlation = await teacher.request(batch, 'ai_feedback')
    const seen: string[] = []
    const progress: number[] = []
    const last = await until(
      async () => {
        const status = await teacher.statusOf(batch)
        if (seen.at(-1) !== status.status) seen.push(status.status)
        progress.push(status.details.phases.reduce((sum, { succeeded }) => sum + succeeded, 0))
        return status.status === 'completed_successfully' ? status : undefined
      },
      { timeoutMs: 60_000, what: 'the batch to be completed', intervalMs: 2 },
    )
    const order = ['pending_content', 'ready', 'processing', 'completed_successfully']
    expect(seen).toEqual(order.filter((state) => seen.includes(state)))
    expect(seen).toContain('processing')
    expect(progress).toEqual(progress.toSorted((a, b) => a - b))
    expect(phasesOf(last)).toEqual([ran('spellcheck', 3), ran('nlp', 3), ran('ai_feedback', 3)])
    expect(last.details).toMatchObject({ essay_count: 3, completed_essay_count: 3, failed_essay_count: 0 })
    expect(last.details.requests).toMatchObject([{ correlation_id: correlation, verdict: 'accepted', reason: null }])
  }, 120_000)

  test('that asks for a second pipeline runs only what is left of it', async () => {
    const batch = await teacher.register(['anna', 'bo'])
    await teacher.ended(batch, await teacher.request(batch, 'nlp'))
    const second = await teacher.ended(batch, await teacher.request(batch, 'cj_assessment'))
    expect(phasesOf(second)).toEqual([
      { phase: 'spellcheck', decision: 'skip', status: 'skipped', succeeded: 0, failed: 0 },
      ran('cj_assessment', 2),
    ])
    const third = await teacher.ended(batch, await teacher.request(batch, 'cj_assessment'))
    expect(phasesOf(third)?.map(({ status }) => status)).toEqual(['skipped', 'skipped'])
    expect(third.status).toBe('completed_successfully')
  }, 120_000)

  test('with an essay that fails goes on with the others and ends with failures', async () => {
    const batch = await teacher.register(['anna', 'bo-fail-spellcheck', 'cleo'])
    const status = await teacher.ended(batch, await teacher.request(batch, 'ai_feedback'))
    expect(status.status).toBe('completed_with_failures')
    expect(phasesOf(status)).toEqual([ran('spellcheck', 2, 1), ran('nlp', 2), ran('ai_feedback', 2)])
    const failed = status.details.essays.filter(({ phases }) => phases['spellcheck']?.outcome === 'failed')
    expect(failed.map(({ essay_id }) => essay_id)).toEqual(['bo-fail-spellcheck'])
  }, 120_000)

  test('whose essays all fail ends as failed, and later phases say why they did not run', async () => {
    const batch = await teacher.register(['a-fail-spellcheck', 'b-fail-spellcheck'])
    const status = await teacher.ended(batch, await teacher.request(batch, 'nlp'))
    expect(status.status).toBe('failed')
    expect(phasesOf(status)?.map(({ status }) => status)).toEqual(['failed', 'skipped_due_to_dependency_failure'])
  }, 120_000)

  test('that is running refuses a second request, visibly, and the run goes on', async () => {
    const batch = await teacher.register(Array.from({ length: 20 }, (_, n) => `essay-${n}`))
    const first = await teacher.request(batch, 'ai_feedback')
    const second = await teacher.request(batch, 'cj_assessment')
    const refused = await teacher.decided(batch, second)
    const verdict = refused.details.requests.find(({ correlation_id }) => correlation_id === second)
    expect(verdict).toMatchObject({ verdict: 'refused', run_id: null })
    expect(['run_active', 'request_pending']).toContain(verdict?.reason ?? '')
    expect((await teacher.ended(batch, first)).status).toBe('completed_successfully')
  }, 120_000)

  test('needs a prompt where a phase does: without one the request is refused and says what is missing', async () => {
    const batch = await teacher.register(['anna'])
    const response = await teacher.post(`/v1/batches/${batch}/pipelines`, { requested_pipeline: 'ai_feedback' })
    const { correlation_id } = (await response.json()) as { correlation_id: string }
    const { details } = await teacher.decided(batch, correlation_id)
    expect(details.requests).toMatchObject([{ verdict: 'refused', reason: 'prompt_missing' }])
  }, 120_000)

  test('that is too large, or names an essay twice, is refused with a pointer to what is wrong', async () => {
    const register = async (body: object) => {
      const response = await teacher.post('/v1/batches/register', { course_code: 'ENG5', ...body })
      const { errors } = (await response.json()) as { errors: { pointer: string }[] }
      return { status: response.status, pointers: errors.map(({ pointer }) => pointer) }
    }
    expect(await register({ expected_essay_count: 5_001 })).toEqual({
      status: 422,
      pointers: ['/expected_essay_count'],
    })
    expect(await register({ expected_essay_count: 2, essay_ids: ['anna', 'anna'] })).toEqual({
      status: 422,
      pointers: ['/essay_ids/1'],
    })
  })
})

test('killed at any moment and started again, every run ends and nothing is done twice', async () => {
  const env = await environment({ SIMULATOR_PHASE_MS: '60' })
  let program = await start(env)
  const teacher = await teacherOf(env)
  const batches = await Promise.all(['one', 'two', 'three'].map((name) => teacher.register([`${name}-a`, `${name}-b`])))
  const requests = await Promise.all(batches.map((batch) => teacher.request(batch, 'ai_feedback')))
  const phases = ['spellcheck', 'nlp', 'ai_feedback']
  for (const phase of phases) {
    await until(
      async () =>
        (await teacher.statusOf(batches[0] ?? '')).details.run?.phases.some((p) => p.phase === phase && p.attempt > 0),
      { timeoutMs: 20_000, what: `${phase} to begin`, intervalMs: 5 },
    )
    await program.end('SIGKILL')
    program = await start(env)
  }
  for (const [i, batch] of batches.entries()) {
    const status = await teacher.ended(batch, requests[i] ?? '')
    expect(status.status).toBe('completed_successfully')
    expect(phasesOf(status)).toEqual(phases.map((phase) => ran(phase, 2)))
  }
  expect(await program.end('SIGTERM')).toBe(0)

  const log = createEmbeddedLog({ path: join(env.DATA_DIR, 'log.sqlite'), logger: silent })
  const topics = [
    TOPICS.essaysRegistered,
    TOPICS.spellcheckCommand,
    TOPICS.nlpCommand,
    TOPICS.aiFeedbackCommand,
    TOPICS.pipelineCompleted,
  ]
  const ids = identities(await messagesOn(log, topics))
  await log.close()
  expect([...ids].map(([place, events]) => [place, events.size]).sort()).toEqual(
    batches.flatMap((batch) => topics.map((topic) => [`${batch} ${topic}`, 1])).sort(),
  )
}, 90_000)

test('a port in use stops the start with one clear line and exit code 1', async () => {
  const env = await environment()
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(Number(env.ORCHESTRATOR_PORT), '127.0.0.1', resolve))
  const program = programs.start('start.ts', env)
  expect(await program.exited).toBe(1)
  server.close()
  expect(program.output().trim().split('\n')).toEqual([
    expect.stringContaining(`orchestrator: port ${env.ORCHESTRATOR_PORT} on 127.0.0.1 is in use`),
  ])
})

test('a wrong environment stops the start with one message that lists every problem', async () => {
  const env = await environment({ GATEWAY_PORT: 'http', READY_WAIT_SECONDS: '-1', KAFKA_BROKERS: 'localhost:9092' })
  const program = programs.start('start.ts', env)
  expect(await program.exited).toBe(1)
  const names = [...program.output().matchAll(/^ {2}(\w+): /gm)].map(([, name]) => name)
  expect(names.sort()).toEqual(['GATEWAY_PORT', 'KAFKA_BROKERS', 'READY_WAIT_SECONDS'])
})

test('a data folder that another process uses stops the start', async () => {
  const env = await environment()
  await start(env)
  const second = programs.start('start.ts', {
    ...env,
    GATEWAY_PORT: String(await freePort()),
    CONDUCTOR_PORT: String(await freePort()),
    ORCHESTRATOR_PORT: String(await freePort()),
  })
  expect(await second.exited).toBe(1)
  expect(second.output()).toContain('is in use by another process')
}, 120_000)

import { afterAll, expect, test } from 'bun:test'
import { createProgramPool } from '../e2e/process.ts'

/** The simulator's programs as processes of their own; that they work on Kafka is tested from end to end. */

const programs = createProgramPool()
afterAll(() => programs.endAll())

const run = async (file: string, env: Readonly<Record<string, string>> = {}) => {
  const program = programs.start(file, env)
  const code = await program.exited
  // It has ended; this waits for the rest of what it wrote.
  await program.end('SIGKILL')
  return { code, output: program.output() }
}

test('a wrong environment stops the start with one message that lists every problem', async () => {
  const { code, output } = await run('simulator/main.ts', { KAFKA_BROKERS: '10.0.0.7:9092', SIMULATOR_PHASE_MS: 'x' })
  expect(code).toBe(1)
  expect([...output.matchAll(/^ {2}(\w+): /gm)].map(([, name]) => name).sort()).toEqual([
    'KAFKA_BROKERS',
    'SIMULATOR_PHASE_MS',
  ])
  expect(output).not.toContain(' at ')
})

test('a pause of what is not there stops the start in the same way', async () => {
  const { code, output } = await run('simulator/main.ts', { KAFKA_BROKERS: '127.0.0.1:1', SIMULATOR_PAUSED: 'grammar' })
  expect(code).toBe(1)
  expect(output).toBe(
    'simulator cannot start. SIMULATOR_PAUSED: grammar: must be some of content, student_matching, spellcheck, nlp, ai_feedback, cj_assessment\n',
  )
})

test('the scenarios are listed by a command', async () => {
  const { code, output } = await run('simulator/scenarios/main.ts')
  expect(code).toBe(0)
  expect(output).toContain('completed-with-failures')
})

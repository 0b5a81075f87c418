import { describe, expect, test } from 'bun:test'
import { ClientStatus } from '../../../shared/contracts/http/conductor.ts'
import { scenariosCommand } from '../../../simulator/scenarios/command.ts'
import { SCENARIOS } from '../../../simulator/scenarios/scenarios.ts'

/** Runs the command against a gateway that a function plays; time passes only by sleeping. */
const run = async (args: readonly string[], gateway: (request: Request) => Response | Promise<Response>) => {
  const printed: string[] = []
  const asked: string[] = []
  let time = 0
  const code = await scenariosCommand({
    args,
    fetch: (request) => {
      asked.push(`${request.method} ${request.url} ${request.headers.get('authorization')}`)
      return gateway(request)
    },
    sleep: async (ms) => {
      time += ms
    },
    clock: () => time,
    print: (line) => void printed.push(line),
  })
  return { code, text: printed.join('\n'), asked, slept: time }
}
const nobody = (): Response => {
  throw new Error('nobody is to be asked')
}

const ready = {
  status: 'ready',
  details: {
    batch_id: 'b-1',
    assignment_id: null,
    overall_status: 'ready',
    essay_count: 2,
    completed_essay_count: 0,
    failed_essay_count: 0,
    requested_pipeline: null,
    current_phase: null,
    essays: [],
    essays_truncated: false,
    created_at: null,
    last_updated: null,
    processing_started_at: null,
    processing_completed_at: null,
    student_prompt_ref: null,
    revision: 1,
    phases: [],
    run: null,
    requests: [],
  },
}
const ANSWERS: Readonly<Record<string, unknown>> = {
  '/dev/token': { access_token: 'a-token' },
  '/v1/batches/register': { batch_id: 'b-1' },
  '/v1/batches/b-1/status': ready,
}
const answer = (request: Request): Response => Response.json(ANSWERS[new URL(request.url).pathname])

test('there is a scenario for each client status, and every scenario has a name of its own', () => {
  expect(new Set(SCENARIOS.map(({ status }) => status))).toEqual(new Set(ClientStatus.options))
  expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length)
})

test('without a name every scenario is listed, with the status that it ends in', async () => {
  const { code, text } = await run([], nobody)
  expect(code).toBe(0)
  for (const { name, status, shows } of SCENARIOS)
    expect(text).toMatch(new RegExp(`^${name} +${status} +${shows.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`, 'm'))
})

test('a scenario is played as a client does it: sign in, register, look', async () => {
  const { code, text, asked } = await run(['--gateway', 'http://gateway.test:81', 'ready'], answer)
  expect({ code, text }).toEqual({ code: 0, text: 'ready: batch b-1\n  ready' })
  expect(asked).toEqual([
    'POST http://gateway.test:81/dev/token null',
    'POST http://gateway.test:81/v1/batches/register Bearer a-token',
    'GET http://gateway.test:81/v1/batches/b-1/status Bearer a-token',
  ])
})

test('a token that is given takes the place of the development sign-in', async () => {
  const { asked } = await run(['--token', 'mine', 'ready'], answer)
  expect(asked).toEqual([
    'POST http://127.0.0.1:4001/v1/batches/register Bearer mine',
    'GET http://127.0.0.1:4001/v1/batches/b-1/status Bearer mine',
  ])
})

test('a gateway that says when to come again is asked again then', async () => {
  const answers = [429, 503]
  const { code, slept } = await run(['ready'], (request) => {
    const status = answers.shift()
    return status === undefined ? answer(request) : new Response('', { status, headers: { 'retry-after': '7' } })
  })
  expect({ code, slept }).toEqual({ code: 0, slept: 14_000 })
})

describe('what goes wrong is said in words, with exit code 1:', () => {
  test('a scenario that there is not', async () => {
    const { code, text } = await run(['ready', 'nope'], nobody)
    expect(code).toBe(1)
    expect(text).toContain('there is no scenario nope')
    expect(text).toContain('pending-content')
  })

  test('an option that there is not, and an address that is none', async () => {
    for (const args of [
      ['--speed', '9'],
      ['--gateway', 'localhost', 'ready'],
    ]) {
      const { code, text } = await run(args, nobody)
      expect(code).toBe(1)
      expect(text).toContain('usage:')
    }
  })

  test('an answer that is a refusal', async () => {
    const refused = await run(['ready'], () => new Response('{"code":"AUTHENTICATION_ERROR"}', { status: 401 }))
    expect(refused).toMatchObject({ code: 1, text: '/dev/token answered 401: {"code":"AUTHENTICATION_ERROR"}' })
    const busy = await run(['ready'], () => new Response('', { status: 503 }))
    expect(busy.code).toBe(1)
  })

  test('a batch that never comes to stand as it should', async () => {
    const { code, text, slept } = await run(['pending-content'], answer)
    expect(code).toBe(1)
    expect(text).toContain('pending-content: ready, and not pending_content in 60000 ms')
    expect(slept).toBeLessThan(70_000)
  })
})

import { expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { freePort } from '../support/free-port.ts'
import { describeTool } from '../support/tools.ts'
import { until } from '../support/until.ts'

/** Streams do not end and uploads are no JSON: both have tests of their own. */
const NO_JSON = '/(events|ws|files)$'
/**
 * All checks but one: what a schema allows may still be refused with a 422, as an id that is unknown, a key that was used with
 * another payload, or two fields that exclude each other.
 */
const LEFT_OUT = 'positive_data_acceptance'
const EXAMPLES = 10

describeTool('schemathesis', 'the live document', (schemathesis) => {
  test('is kept by every route, whatever schemathesis sends as a signed-in admin', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'baton-schemathesis-'))
    const port = await freePort()
    const child = Bun.spawn([process.execPath, join(import.meta.dir, '../../start.ts')], {
      env: {
        PATH: process.env['PATH'] ?? '',
        GATEWAY_PORT: `${port}`,
        CONDUCTOR_PORT: `${await freePort()}`,
        ORCHESTRATOR_PORT: `${await freePort()}`,
        DATA_DIR: join(folder, 'data'),
        RATE_LIMIT_DEFAULT_PER_MINUTE: '0',
        RATE_LIMIT_PIPELINES_PER_MINUTE: '0',
        RATE_LIMIT_STATUS_PER_MINUTE: '0',
      },
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: 'ignore',
    })
    try {
      const url = `http://127.0.0.1:${port}`
      await until(async () => (await fetch(`${url}/readyz`)).ok, { timeoutMs: 30_000, what: 'the gateway to be ready' })
      const asked = await fetch(`${url}/dev/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ user_id: 'ada', org_id: 'school', roles: ['teacher', 'admin'] }),
      })
      const { access_token } = z.object({ access_token: z.string() }).parse(await asked.json())
      const run = Bun.spawn(
        [
          ...[schemathesis, 'run', `${url}/openapi.json`, '--checks', 'all', '--exclude-checks', LEFT_OUT],
          ...['--max-examples', `${EXAMPLES}`, '--phases', 'examples,coverage,fuzzing', '--workers', '2'],
          ...['-H', `Authorization: Bearer ${access_token}`, '--exclude-path-regex', NO_JSON, '--no-color'],
          ...['--suppress-health-check', 'all'],
        ],
        { cwd: folder, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' },
      )
      const [out, code] = await Promise.all([run.stdout.text(), run.exited])
      expect({ code, out: code === 0 ? '' : out }).toEqual({ code: 0, out: '' })
    } finally {
      child.kill()
      await child.exited
      await rm(folder, { recursive: true, force: true })
    }
  }, 120_000)
})

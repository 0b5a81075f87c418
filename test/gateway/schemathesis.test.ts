import { expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { freePort } from '../support/free-port.ts'
import { describeTool } from '../support/tools.ts'
import { until } from '../support/until.ts'
import { endStreams } from './ending-streams.ts'

/** Every check runs; what of one cannot hold, and why, stands in here. */
const CONFIG = join(import.meta.dir, 'schemathesis.toml')
const STREAMS = '/events$'
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
        RATE_LIMIT_UPLOADS_PER_MINUTE: '0',
        STREAMS_PER_USER: '1000',
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
      /** Its output when it found something, or broke. */
      const found = async (base: string, ...which: readonly string[]): Promise<string> => {
        const run = Bun.spawn(
          [
            ...[schemathesis, '--config-file', CONFIG, 'run', `${base}/openapi.json`],
            // Several workers break Python 3.11 now and then ("AST constructor recursion depth mismatch").
            ...['--max-examples', `${EXAMPLES}`, '--phases', 'examples,coverage,fuzzing', '--workers', '1'],
            ...[
              '-H',
              `Authorization: Bearer ${access_token}`,
              '--no-color',
              '--suppress-health-check',
              'all',
              ...which,
            ],
          ],
          { cwd: folder, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' },
        )
        const [out, code] = await Promise.all([run.stdout.text(), run.exited])
        return code === 0 ? '' : out
      }
      const ending = await freePort()
      const stop = await endStreams(ending, port)
      const all = await Promise.all([
        found(url, '--exclude-path-regex', STREAMS),
        found(`http://127.0.0.1:${ending}`, '--include-path-regex', STREAMS),
      ])
      await stop()
      expect(all).toEqual(['', ''])
    } finally {
      child.kill()
      await child.exited
      await rm(folder, { recursive: true, force: true })
    }
  }, 300_000)
})

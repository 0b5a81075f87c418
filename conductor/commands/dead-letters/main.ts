import { z } from 'zod'
import { HttpUrl, InternalKeys, parseEnvironment } from '../../../shared/config.ts'
import { asError } from '../../../shared/errors.ts'
import { createJsonClient } from '../../../shared/http/client.ts'
import { runDeadLetters } from './run.ts'

const Config = z.object({
  CONDUCTOR_URL: HttpUrl.default('http://127.0.0.1:4002'),
  INTERNAL_API_KEY: InternalKeys.optional(),
  USER: z.string().optional(),
})

const print = (line: string) => void process.stdout.write(`${line}\n`)

try {
  const config = parseEnvironment(Config, process.env)
  const client = createJsonClient({
    target: 'conductor',
    baseUrl: config.CONDUCTOR_URL,
    fetch: (request) => fetch(request),
    serviceId: 'dead-letters-command',
    internalKey: config.INTERNAL_API_KEY?.[0],
    userId: config.USER,
  })
  process.exitCode = await runDeadLetters(process.argv.slice(2), { client, print })
} catch (thrown) {
  process.stderr.write(`${asError(thrown).message}\n`)
  process.exitCode = 1
}

/**
 * `bun run fuzz [COUNT] [SEED]`: sends 100,000 raw requests to a gateway process of its own, and fails on any 5xx, on a crash,
 * and when its memory has grown by more than half after the first tenth.
 */
import { createTokenSigner } from '../../../gateway/sign-in/sign.ts'
import { freePort } from '../../support/free-port.ts'
import { until } from '../../support/until.ts'
import { fuzz, isFailure } from './fuzzer.ts'

const [count, seed] = [Number(process.argv[2] ?? 100_000), Number(process.argv[3] ?? Date.now() % 2 ** 31)]
const SECRET = 'a-secret-of-more-than-32-characters-to-fuzz-with'
const port = await freePort()
const child = Bun.spawn([process.execPath, `${import.meta.dir}/../../../start.ts`], {
  env: {
    PATH: process.env['PATH'] ?? '',
    GATEWAY_PORT: `${port}`,
    CONDUCTOR_PORT: `${await freePort()}`,
    ORCHESTRATOR_PORT: `${await freePort()}`,
    DATA_DIR: `/tmp/baton-fuzz-${process.pid}`,
    JWT_SECRET: SECRET,
    RATE_LIMIT_DEFAULT_PER_MINUTE: '0',
    RATE_LIMIT_PIPELINES_PER_MINUTE: '0',
    RATE_LIMIT_STATUS_PER_MINUTE: '0',
    LOG_LEVEL: 'error',
  },
  stdin: 'ignore',
  stdout: 'ignore',
  stderr: 'inherit',
})
const memory = async (): Promise<number> =>
  Number(/VmRSS:\s+(\d+)/.exec(await Bun.file(`/proc/${child.pid}/status`).text())?.[1] ?? 0) / 1_024
const write = (line: string) => process.stdout.write(`${line}\n`)
let code = 1
try {
  const ready = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok
  await until(ready, { timeoutMs: 30_000, what: 'the gateway to be ready' })
  const sign = createTokenSigner({
    issuer: 'huleedu-identity-service',
    audience: 'huleedu-platform',
    secret: SECRET,
    clock: Date.now,
  })
  const authorization = `Bearer ${await sign({ userId: 'fuzz', orgId: null })}`
  const part = (n: number, of: number) =>
    fuzz({ port, count: of, seed: seed + n, authorization, patienceMs: 300, connections: 128 })
  const totals = new Map<string, number>()
  const seen: number[] = []
  for (let n = 0; n < 10; n++) {
    for (const [status, times] of await part(n, count / 10)) totals.set(status, (totals.get(status) ?? 0) + times)
    seen.push(await memory())
    write(`${((n + 1) * count) / 10} requests, ${Math.round(seen[n] ?? 0)} MB`)
  }
  write(
    `seed ${seed}: ${[...totals]
      .sort()
      .map(([status, times]) => `${status} ${times}`)
      .join(', ')}`,
  )
  const failures = [...totals].filter(([status]) => isFailure(status) && status !== '503')
  const [first = 0, last = 0] = [seen[0], seen.at(-1)]
  if (child.exitCode !== null) write('the gateway has ended')
  else if (failures.length > 0) write('there were answers of 500 and more')
  else if (last > 1.5 * first) write(`memory has grown from ${Math.round(first)} to ${Math.round(last)} MB`)
  else code = 0
} finally {
  child.kill()
  await child.exited
  await Bun.$`rm -rf /tmp/baton-fuzz-${process.pid}`.quiet()
}
process.exit(code)

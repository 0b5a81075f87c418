import { afterAll, beforeAll, expect, test } from 'bun:test'
import { chmod, lstat, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import packageJson from '../../package.json'
import { startCommand } from '../e2e/process.ts'
import { describeEngines, freePort, uniquePrefix } from '../support/engines.ts'
import { until } from '../support/until.ts'
import { assembleImage, commandOf, environmentOf, type Stage } from './dockerfile.ts'

/**
 * The image, assembled by the Dockerfile's own instructions and started without a container engine: the same files, command
 * and environment, as another user, over files that nobody may write.
 */

const root = join(import.meta.dir, '../..')
const MEGABYTE = 1_000_000
/** The user of the Dockerfile, where we may become another one. */
const asUser = process.getuid?.() === 0 ? ['setpriv', '--reuid=1000', '--regid=1000', '--clear-groups'] : []

let folder: string
let app: string
let stage: Stage
let files: readonly string[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'baton-image-'))
  await chmod(folder, 0o755)
  const image = await assembleImage(root, folder)
  app = image.app
  stage = image.stage
  files = await readdir(app, { recursive: true })
}, 60_000)
afterAll(() => rm(folder, { recursive: true, force: true }), 20_000)

const bytesOf = async (): Promise<number> => {
  const stats = await Promise.all(files.map((path) => lstat(join(app, path))))
  return stats.reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0)
}

const start = (environment: Readonly<Record<string, string>>, command = commandOf(stage, 'CMD')) => {
  const [, ...args] = command
  return startCommand([...asUser, process.execPath, ...args], app, { ...environmentOf(stage), ...environment })
}

const writable = async (): Promise<readonly string[]> => {
  const child = Bun.spawn([...asUser, 'find', '.', '-writable', '!', '-type', 'l'], { cwd: app, stdout: 'pipe' })
  return (await child.stdout.text()).trim().split('\n').filter(Boolean)
}

test('our own files with all that they import are below 30 MB', async () => {
  expect(await bytesOf()).toBeLessThan(30 * MEGABYTE)
})

test('it has what runs and nothing that only a developer needs', () => {
  expect(files).toContain('gateway/main.ts')
  const { redoc: _, ...development } = packageJson.devDependencies
  const unwanted = Object.keys(development).map((name) => `node_modules/${name}`)
  expect(files.filter((path) => unwanted.includes(path))).toEqual([])
  // Of Redoc the file that browsers load, and its licences.
  expect(files.filter((path) => /^node_modules\/redoc\/.*[.E]/.test(path)).sort()).toEqual([
    'node_modules/redoc/LICENSE',
    'node_modules/redoc/bundles/redoc.standalone.js',
    'node_modules/redoc/bundles/redoc.standalone.js.LICENSE.txt',
    'node_modules/redoc/package.json',
  ])
  // What a package of somebody else's brings along is its own.
  const own = files.filter((path) => !path.startsWith('node_modules/'))
  expect(own.filter((path) => /(^|\/)(test|bench|\.git|\.secrets|\.env)(\/|$)/.test(path)).slice(0, 5)).toEqual([])
})

test('every package of production is in it', () => {
  const missing = Object.keys(packageJson.dependencies).filter((name) => !files.includes(`node_modules/${name}`))
  expect(missing).toEqual([])
})

test('it is built on the Bun that the tests ran on, and runs as nobody special', () => {
  expect(stage.base).toBe(`oven/bun:${packageJson.devDependencies.bun}-slim`)
  expect(stage.instructions.find(({ name }) => name === 'USER')?.rest).toBe('1000:1000')
})

test('an unknown service is refused with the names there are', async () => {
  const child = start({ SERVICE: 'bursar' })
  expect(await child.exited).toBe(1)
  await until(() => child.output().includes('one of gateway, conductor, orchestrator, simulator'), {
    timeoutMs: 5_000,
    what: 'the names',
  })
})

describeEngines('started over files that it may not write', ({ brokers, redisUrl }) => {
  test('every service starts, is found healthy, lets operations work in it, and stops when it is told to', async () => {
    const prefix = uniquePrefix()
    const ports = { gateway: await freePort(), conductor: await freePort(), orchestrator: await freePort() }
    const common = {
      HOST: '127.0.0.1',
      KAFKA_BROKERS: brokers.join(','),
      KAFKA_PREFIX: prefix,
      REDIS_URL: redisUrl,
      REDIS_PREFIX: prefix,
      TOPIC_PARTITIONS: '1',
      INTERNAL_API_KEY: 'an-internal-key-for-tests',
      JWT_SECRET: 'a-secret-of-more-than-32-characters-in-all',
      CONSOLE: 'on',
      GATEWAY_PORT: `${ports.gateway}`,
      CONDUCTOR_PORT: `${ports.conductor}`,
      ORCHESTRATOR_PORT: `${ports.orchestrator}`,
    }
    expect(await writable()).toEqual([])
    const services = ['gateway', 'conductor', 'orchestrator', 'simulator']
    const children = services.map((SERVICE) => start({ ...common, SERVICE }))
    try {
      await until(
        async () => {
          const answers = Object.values(ports).map((port) => fetch(`http://127.0.0.1:${port}/readyz`))
          return (await Promise.all(answers)).every(({ ok }) => ok)
        },
        { timeoutMs: 90_000, what: 'the services to be ready', intervalMs: 100 },
      ).catch((thrown) => {
        throw new Error(children.map((child) => child.output()).join('\n'), { cause: thrown })
      })
      const checks = services.map((SERVICE) => start({ ...common, SERVICE }, commandOf(stage, 'HEALTHCHECK')).exited)
      expect(await Promise.all(checks)).toEqual([0, 0, 0, 0])
      const page = await (await fetch(`http://127.0.0.1:${ports.gateway}/`)).text()
      const [, script = ''] = /src="(\/console\/[^"]+\.js)"/.exec(page) ?? []
      expect((await fetch(`http://127.0.0.1:${ports.gateway}${script}`)).headers.get('content-type')).toContain(
        'javascript',
      )
      expect(await (await fetch(`http://127.0.0.1:${ports.gateway}/redoc`)).text()).toContain('redoc.standalone.js')
      // The index of dead letters catches up for a moment after a start, and says so.
      const conductor = { ...common, CONDUCTOR_URL: `http://127.0.0.1:${ports.conductor}` }
      for (const command of ['dead-letters groups', 'rebuild --all'])
        await until(
          async () => (await start(conductor, ['bun', 'run', '--silent', ...command.split(' ')]).exited) === 0,
          { timeoutMs: 20_000, what: `${command} to have worked`, intervalMs: 100 },
        )
      const nowhere = { ...common, SERVICE: 'gateway', GATEWAY_PORT: `${await freePort()}` }
      expect(await start(nowhere, commandOf(stage, 'HEALTHCHECK')).exited).toBe(1)
      expect(await Promise.all(children.map((child) => child.end('SIGTERM')))).toEqual([0, 0, 0, 0])
    } finally {
      await Promise.all(children.map((child) => child.end('SIGKILL')))
    }
  }, 180_000)
})

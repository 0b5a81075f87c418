import { describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConductorConfig } from '../../conductor/config.ts'
import { GatewayConfig } from '../../gateway/config.ts'
import { makeSecrets } from '../../ops/make-secrets.ts'
import { OrchestratorConfig } from '../../orchestrator/config.ts'
import { parseEnvironment } from '../../shared/config.ts'
import { SimulatorConfig } from '../../simulator/config.ts'
import { describeTool, output } from '../support/tools.ts'
import { type Compose, overlay, readCompose, root } from './compose.ts'

const one = await readCompose('compose.yaml')
const cluster = overlay(one, await readCompose('compose.cluster.yaml'))
const CONFIGS = {
  gateway: GatewayConfig,
  conductor: ConductorConfig,
  orchestrator: OrchestratorConfig,
  simulator: SimulatorConfig,
}

/** `${NAME:-preset}` as a shell without these variables would put it. */
const resolved = (value: string | number): string => String(value).replace(/\$\{\w+:-([^}]*)\}/g, '$1')

describe.each([
  ['compose.yaml', one],
  ['compose.yaml with compose.cluster.yaml', cluster],
] as const)('%s', (_, compose: Compose) => {
  const services = Object.entries(compose.services)
  const ours = services.filter(([, { build }]) => build !== undefined)

  test('has the engines, two gateways behind nginx, and every service', () => {
    const names = services.map(([name]) => name)
    const wanted = ['kafka', 'redis', 'postgres', 'prometheus', 'grafana', 'nginx', 'gateway-1', 'gateway-2']
    expect(names).toEqual(expect.arrayContaining([...wanted, 'conductor', 'orchestrator', 'simulator']))
  })

  test('every name that one part uses of another is there', () => {
    const missing = services.flatMap(([name, service]) => [
      ...Object.keys(service.depends_on).filter((other) => !(other in compose.services)),
      ...service.secrets.filter((secret) => !(secret in compose.secrets)),
      ...service.networks.filter((network) => !(network in compose.networks)),
      ...service.volumes.flatMap((volume) => {
        const [source = ''] = volume.split(':')
        const found = source.startsWith('.') ? existsSync(join(root, source)) : source in compose.volumes
        return found ? [] : [`${name}: ${source}`]
      }),
    ])
    expect(missing).toEqual([])
  })

  test('whoever waits for another waits until that one is healthy, which it can be found to be', () => {
    const blind = services.flatMap(([name, { depends_on }]) =>
      Object.entries(depends_on).flatMap(([other, { condition }]) => {
        const target = compose.services[other]
        const checked = target?.healthcheck !== undefined || target?.build !== undefined
        return condition === 'service_completed_successfully' || (condition === 'service_healthy' && checked)
          ? []
          : [`${name} on ${other}`]
      }),
    )
    expect(blind).toEqual([])
  })

  test('nothing runs without limits, and every image has an exact version', () => {
    const loose = services.filter(([, { image = '' }]) => !/:v?\d+\.\d+/.test(image)).map(([name]) => name)
    expect(loose).toEqual([])
    const unlimited = services.filter(([name, { deploy }]) => !deploy?.resources?.limits && name !== 'redis-cluster')
    expect(unlimited.map(([name]) => name)).toEqual([])
  })

  test('our containers are read-only, without capabilities, and reachable from inside only', () => {
    const open = ours.filter(
      ([, s]) =>
        s.read_only !== true || s.cap_drop[0] !== 'ALL' || s.ports.length > 0 || s.networks.join() !== 'inside',
    )
    expect(ours.length).toBe(5)
    expect(open.map(([name]) => name)).toEqual([])
  })

  test('what is published is published on loopback', () => {
    expect(services.flatMap(([, { ports }]) => ports).filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([])
  })

  test("each service's environment is one that it starts with, and no name in it is a mistake", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'baton-secrets-'))
    makeSecrets(folder)
    for (const [name, { environment, secrets }] of ours) {
      const service = resolved(environment['SERVICE'] ?? '')
      const config = Object.entries(CONFIGS).find(([key]) => key === service)?.[1]
      if (!config) throw new Error(`${name} starts no service of ours`)
      const values = Object.fromEntries(
        Object.entries(environment).map(([key, value]) => [key, resolved(value).replace('/run/secrets', folder)]),
      )
      expect(() => parseEnvironment(config, { HOST: '0.0.0.0', ...values })).not.toThrow()
      // Services share an environment: a name must be one that some service reads.
      const read = Object.values(CONFIGS).flatMap(({ shape }) => Object.keys(shape))
      const known = new Set([...read, 'SERVICE', 'DATABASE_URL'])
      expect(Object.keys(values).filter((key) => !known.has(key.replace(/_FILE$/, '')))).toEqual([])
      const files = Object.values(environment).filter((value) => String(value).startsWith('/run/secrets/'))
      expect(files.map((path) => String(path).replace('/run/secrets/', '')).sort()).toEqual([...secrets].sort())
    }
    await rm(folder, { recursive: true })
  })
})

test('the cluster has three brokers and six Redis nodes that no service is without', () => {
  const names = Object.keys(cluster.services)
  expect(names.filter((name) => /^kafka(-\d)?$/.test(name)).length).toBe(3)
  expect(names.filter((name) => /^redis(-\d)?$/.test(name)).length).toBe(6)
  expect(cluster.services['conductor']?.environment).toMatchObject({
    KAFKA_BROKERS: 'kafka:9092,kafka-2:9092,kafka-3:9092',
    REDIS_URL: expect.stringContaining('redis://redis-3:6379'),
  })
})

test('every secret that is handed over is one that the secrets command makes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'baton-secrets-'))
  const made = makeSecrets(folder)
  expect(
    Object.values(one.secrets)
      .map(({ file }) => file.replace('.secrets/', ''))
      .sort(),
  ).toEqual([...made].sort())
  expect(makeSecrets(folder)).toEqual([])
  await rm(folder, { recursive: true })
})

describeTool('check-jsonschema', 'the schema of compose files', (checkJsonschema) => {
  test('accepts both files', async () => {
    const files = ['compose.yaml', 'compose.cluster.yaml'].map((name) => join(root, name))
    // What is laid over a list is marked so; the schema's reader does not know that mark.
    const folder = await mkdtemp(join(tmpdir(), 'baton-compose-'))
    const copies = await Promise.all(
      files.map(async (file, i) => {
        const copy = join(folder, `${i}.yaml`)
        await writeFile(copy, (await readFile(file, 'utf8')).replaceAll('!override ', ''))
        return copy
      }),
    )
    const { code, text } = await output([checkJsonschema, '--builtin-schema', 'vendor.compose-spec', ...copies])
    expect({ code, text: code === 0 ? '' : text }).toEqual({ code: 0, text: '' })
    await rm(folder, { recursive: true })
  })
})

describeTool('hadolint', 'hadolint', (hadolint) => {
  test('finds nothing in the Dockerfile', async () => {
    expect(await output([hadolint, join(root, 'Dockerfile')])).toEqual({ code: 0, text: '' })
  })
})

describeTool('nginx', 'nginx', (nginx) => {
  test('accepts the configuration of the load balancer', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'baton-nginx-'))
    const config = (await readFile(join(root, 'deploy/nginx.conf'), 'utf8')).replaceAll(
      /gateway-(\d):4001/g,
      '127.0.0.$1:4001',
    )
    await writeFile(join(folder, 'nginx.conf'), config.replaceAll('/tmp/', `${folder}/`))
    const { code, text } = await output([nginx, '-t', '-c', join(folder, 'nginx.conf'), '-p', folder])
    expect({ code, text: code === 0 ? '' : text }).toEqual({ code: 0, text: '' })
    await rm(folder, { recursive: true })
  })
})

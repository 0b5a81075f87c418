import { describe, expect, test } from 'bun:test'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { ConductorConfig } from '../../conductor/config.ts'
import { FACTS_GROUP } from '../../conductor/service.ts'
import { GatewayConfig } from '../../gateway/config.ts'
import { OrchestratorConfig } from '../../orchestrator/config.ts'
import { RUNS_GROUP } from '../../orchestrator/service.ts'
import { describeTool, output } from '../support/tools.ts'
import { root } from './compose.ts'

const folder = join(root, 'deploy/kubernetes')
const FILES = ['gateway', 'conductor', 'orchestrator', 'network-policies', 'service-account', 'namespace']

const Manifest = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.any().optional(),
})
const manifestsIn = async (path: string) =>
  parseAllDocuments(await readFile(join(folder, path), 'utf8')).map((document) => Manifest.parse(document.toJS()))
const manifests = (await Promise.all(FILES.map((name) => manifestsIn(`base/${name}.yaml`)))).flat()
const deployments = manifests.filter(({ kind }) => kind === 'Deployment')
const configEnv = await readFile(join(folder, 'base/config.env'), 'utf8')

test.each(['gateway', 'conductor', 'orchestrator'])('%s has all that keeps it available', (name) => {
  const kinds = manifests.filter((manifest) => manifest.metadata.name === name).map(({ kind }) => kind)
  expect(kinds.sort()).toEqual(['Deployment', 'HorizontalPodAutoscaler', 'PodDisruptionBudget', 'Service'])
})

describe.each(deployments.map((deployment) => [deployment.metadata.name, deployment] as const))(
  '%s',
  (name, { spec }) => {
    const [container] = spec.template.spec.containers
    const config = { gateway: GatewayConfig, conductor: ConductorConfig, orchestrator: OrchestratorConfig }[name]

    test('runs as nobody special, over files that it cannot write', () => {
      expect(spec.template.spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 })
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
    })

    test('is asked whether it lives and whether it can work', () => {
      expect(container.livenessProbe.httpGet.path).toBe('/healthz')
      expect(container.readinessProbe.httpGet.path).toBe('/readyz')
      expect(spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(30)
    })

    test('has secrets by reference only, and no name in its environment is a mistake', () => {
      const own: { name: string; value: string }[] = container.env
      const names = [...own.map((entry) => entry.name), ...configEnv.matchAll(/^(\w+)=/gm).map(([, key = '']) => key)]
      const everywhere = [GatewayConfig, ConductorConfig, OrchestratorConfig].flatMap(({ shape }) => Object.keys(shape))
      expect(names.filter((key) => !['SERVICE', ...everywhere].includes(key.replace(/_FILE$/, '')))).toEqual([])
      const files = own.filter((entry) => entry.name.endsWith('_FILE'))
      expect(files.every(({ value }) => value.startsWith('/run/secrets/baton/'))).toBe(true)
      expect(files.filter((entry) => !(entry.name.replace(/_FILE$/, '') in (config?.shape ?? {})))).toEqual([])
    })
  },
)

test('the consumers grow with the lag of their own groups', () => {
  const groups = manifests
    .filter(({ kind }) => kind === 'HorizontalPodAutoscaler')
    .flatMap(({ spec }) => spec.metrics.flatMap((metric: Record<string, never>) => metric['external'] ?? []))
    .map(({ metric }) => metric.selector.matchLabels.group)
  expect(groups.sort()).toEqual([FACTS_GROUP, RUNS_GROUP].sort())
})

test('everything is closed, and what is open is between services that exist', () => {
  const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy')
  expect(policies.find(({ metadata }) => metadata.name === 'nothing')?.spec).toEqual({
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
  })
  const named = [...JSON.stringify(policies).matchAll(/"app.kubernetes.io\/name":"(\w+)"/g)].map(([, name]) => name)
  expect(new Set(named)).toEqual(new Set(deployments.map(({ metadata }) => metadata.name)))
})

const Patches = z.object({
  patches: z.tuple([z.object({ path: z.string(), target: z.object({ name: z.string() }) })]),
})
const Additions = z.array(z.object({ op: z.literal('add'), path: z.string().endsWith('/-'), value: z.unknown() }))
const inArchive = async (file: string): Promise<unknown> => parse(await readFile(join(folder, 'archive', file), 'utf8'))
const [{ path: patch, target }] = Patches.parse(await inArchive('kustomization.yaml')).patches
const additions = Additions.parse(await inArchive(patch))

describe('the archive', () => {
  const patched = deployments.filter(({ metadata }) => new RegExp(`^(${target.name})$`).test(metadata.name))

  test('is given to those who know of one', () => {
    const shapes = Object.entries({
      gateway: GatewayConfig,
      conductor: ConductorConfig,
      orchestrator: OrchestratorConfig,
    })
    const knowing = shapes.filter(([, { shape }]) => 'DATABASE_URL' in shape).map(([name]) => name)
    expect(patched.map(({ metadata }) => metadata.name).sort()).toEqual(knowing.sort())
  })

  test.each(patched.map((one) => [one.metadata.name, one] as const))(
    'comes to %s in a file of its secret',
    (_, one) => {
      const changed = structuredClone(one)
      for (const { path, value } of additions) {
        const steps = path.split('/').slice(1, -1)
        const list = steps.reduce<unknown>((within, step) => Reflect.get(Object(within), step), changed)
        if (!Array.isArray(list)) throw new Error(`${path} is no place in a list`)
        list.push(value)
      }
      const { containers, volumes } = changed.spec.template.spec
      const named = (list: { name: string }[], name: string) => list.find((one) => one.name === name)
      const mount: unknown = Reflect.get(Object(named(containers[0].volumeMounts, 'secrets')), 'mountPath')
      const files = volumes[0].secret.items.map((item: { path: string }) => join(String(mount), item.path))
      expect(files).toContain(Reflect.get(Object(named(containers[0].env, 'DATABASE_URL_FILE')), 'value'))
    },
  )
})

describeTool('kubernetes-validate', "the schemas of Kubernetes' own resources", (validate) => {
  test('accept every manifest', async () => {
    const others = ['demo/simulator.yaml', 'archive/network-policy.yaml']
    const paths = [...FILES.map((name) => `base/${name}.yaml`), ...others].map((path) => join(folder, path))
    const { code, text } = await output([validate, '--strict', '--quiet', ...paths])
    expect({ code, text: code === 0 ? '' : text }).toEqual({ code: 0, text: '' })
  })
})

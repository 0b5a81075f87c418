import { describe, expect, test } from 'bun:test'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
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

describeTool('kubernetes-validate', "the schemas of Kubernetes' own resources", (validate) => {
  test('accept every manifest', async () => {
    const paths = [...FILES.map((name) => `base/${name}.yaml`), 'demo/simulator.yaml'].map((path) => join(folder, path))
    const { code, text } = await output([validate, '--strict', '--quiet', ...paths])
    expect({ code, text: code === 0 ? '' : text }).toEqual({ code: 0, text: '' })
  })
})

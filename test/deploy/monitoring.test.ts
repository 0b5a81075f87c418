import { describe, expect, test } from 'bun:test'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Glob } from 'bun'
import { parse } from 'yaml'
import { z } from 'zod'
import { createMetrics } from '../../shared/telemetry/metrics.ts'
import { describeTool, output } from '../support/tools.ts'
import { root } from './compose.ts'

/** Dashboards and alerts speak only of what some service exports. */

const deploy = join(root, 'deploy')
const Dashboard = z.looseObject({
  uid: z.string(),
  panels: z.array(
    z.looseObject({
      id: z.number(),
      title: z.string(),
      targets: z.array(z.looseObject({ expr: z.string(), legendFormat: z.string() })),
    }),
  ),
})
const Rules = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      rules: z.array(
        z.looseObject({ alert: z.string(), expr: z.string(), annotations: z.record(z.string(), z.string()) }),
      ),
    }),
  ),
})

const dashboards = await Promise.all(
  [...new Glob('grafana/dashboards/*.json').scanSync(deploy)].map(async (path) =>
    Dashboard.parse(JSON.parse(await readFile(join(deploy, path), 'utf8'))),
  ),
)
const rules = Rules.parse(parse(await readFile(join(deploy, 'prometheus/alerts.yml'), 'utf8'))).groups.flatMap(
  (group) => group.rules,
)
const asked = [
  ...dashboards.flatMap(({ panels }) =>
    panels.flatMap(({ title, targets }) =>
      targets.map(({ expr, legendFormat }) => ({ where: title, expr, said: legendFormat })),
    ),
  ),
  ...rules.map(({ alert, expr, annotations }) => ({ where: alert, expr, said: annotations['summary'] ?? '' })),
]

/** Names and labels that Prometheus itself adds. */
const OF_PROMETHEUS = new Map([['up', ['job', 'instance']]])
const EVERYWHERE = ['service', 'instance', 'job']

const exported = new Map<string, readonly string[]>(OF_PROMETHEUS)
for (const { name, type, labels } of createMetrics('any').facts()) {
  exported.set(name, labels)
  if (type === 'histogram') {
    exported.set(`${name}_bucket`, [...labels, 'le'])
    for (const suffix of ['sum', 'count']) exported.set(`${name}_${suffix}`, labels)
  }
}

const WORDS = /\b(sum|max|min|avg|by|rate|increase|histogram_quantile|unless|or|offset)\b/g

/** What is left of an expression when functions, ranges, numbers, texts, labels and operators are taken away. */
const metricsIn = (expr: string): readonly string[] =>
  expr
    .replace(/\{[^}]*\}/g, ' ')
    .replace(/\bby\s*\([^)]*\)/g, ' ')
    .replace(/\[[^\]]*\]|offset\s+\w+/g, ' ')
    .replace(WORDS, ' ')
    .split(/[^a-zA-Z_:]+/)
    .filter((word) => word.length > 1)

const labelsIn = (expr: string, said: string): readonly string[] => [
  ...[...expr.matchAll(/\{([^}]*)\}/g)].flatMap(([, inner = '']) =>
    [...inner.matchAll(/(\w+)\s*(?:=|!)/g)].map((m) => m[1] ?? ''),
  ),
  ...[...expr.matchAll(/\bby\s*\(([^)]*)\)/g)].flatMap(([, inner = '']) => inner.split(',').map((name) => name.trim())),
  ...[...said.matchAll(/\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}/g)].map((m) => m[1] ?? ''),
]

test('there is something to look at, and every panel has its own number', () => {
  expect(asked.length).toBeGreaterThan(30)
  for (const { panels } of dashboards) expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
})

test('every metric that a dashboard or an alert asks for is exported', () => {
  const unknown = asked.flatMap(({ where, expr }) =>
    metricsIn(expr)
      .filter((name) => !exported.has(name))
      .map((name) => `${where}: ${name}`),
  )
  expect(unknown).toEqual([])
})

test('every label that they use is one of a metric that they ask for', () => {
  const unknown = asked.flatMap(({ where, expr, said }) => {
    const known = new Set([...EVERYWHERE, ...metricsIn(expr).flatMap((name) => exported.get(name) ?? [])])
    return labelsIn(expr, said)
      .filter((label) => label !== 'value' && !known.has(label))
      .map((label) => `${where}: ${label}`)
  })
  expect(unknown).toEqual([])
})

test('a metric or a label that nobody exports would be found', () => {
  expect(metricsIn('sum by (a) (rate(baton_nothing_total{b="c"}[5m])) > 1')).toEqual(['baton_nothing_total'])
  expect(labelsIn('sum by (a) (rate(baton_nothing_total{b="c"}[5m]))', '{{d}}')).toEqual(['b', 'a', 'd'])
})

describeTool('promtool', 'promtool', (promtool) => {
  const at = (file: string) => join(deploy, 'prometheus', file)

  test('accepts configuration and rules', async () => {
    for (const command of [
      ['check', 'config', at('prometheus.yml')],
      ['check', 'rules', at('alerts.yml')],
    ]) {
      const { code, text } = await output([promtool, ...command])
      expect({ code, text: code === 0 ? '' : text }).toEqual({ code: 0, text: '' })
    }
  })

  test('sees each alert fire on its own fault, and none in a system that is well', async () => {
    const { code, text } = await output([promtool, 'test', 'rules', at('alerts.test.yml')])
    expect({ code, text: code === 0 ? '' : text }).toEqual({ code: 0, text: '' })
  })
})

describe('each alert', () => {
  test.each(rules.map(({ alert }) => [alert]))('%s has a test that it fires', async (alert) => {
    const tests = await readFile(join(deploy, 'prometheus/alerts.test.yml'), 'utf8')
    expect(tests).toContain(`name: ${alert} fires`)
  })
})

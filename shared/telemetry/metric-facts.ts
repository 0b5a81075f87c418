import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { z } from 'zod'

/** What is told of a metric: pages are made from it, and dashboards and alerts are held against it. */
export interface MetricFact {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary'
  readonly help: string
  readonly labels: readonly string[]
}

const Described = z.object({ name: z.string(), help: z.string(), labelNames: z.array(z.string()).default([]) })

const typeOf = (metric: unknown): MetricFact['type'] => {
  if (metric instanceof Counter) return 'counter'
  if (metric instanceof Gauge) return 'gauge'
  return metric instanceof Histogram ? 'histogram' : 'summary'
}

/** All metrics of a registry; every one has the label `service` besides those told. */
export const metricFactsOf = (registry: Pick<Registry, 'getMetricsAsArray'>): readonly MetricFact[] =>
  registry.getMetricsAsArray().map((metric) => {
    const { name, help, labelNames } = Described.parse(metric)
    return { name, type: typeOf(metric), help, labels: labelNames }
  })

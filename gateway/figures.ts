import type { Fetch } from '../shared/http/client.ts'
import { samplesOf, sumOf } from '../shared/telemetry/exposition.ts'

/** What is plotted for operations. Counters only grow, until their process starts again. */
export interface Figures {
  /** Answers of this gateway. */
  readonly requests: number
  /** Messages of this gateway that the log acknowledged. */
  readonly published: number
  /** Records that consumers have not applied yet. */
  readonly lag: readonly {
    readonly service: string
    readonly group: string
    readonly topic: string
    readonly records: number
  }[]
  /** Services that did not say theirs. */
  readonly missing: readonly string[]
}

export interface FiguresDeps {
  /** This gateway's metrics, as Prometheus reads them. */
  readonly own: () => Promise<{ readonly text: string }>
  /** The services behind: where their metrics are. */
  readonly others: Readonly<Record<string, { readonly baseUrl: string; readonly fetch: Fetch }>>
}

const TIMEOUT_MS = 2_000

/**
 * Reads the figures from the metrics that every service exports anyway. Of several replicas behind one address one
 * answers: for all of them ask Prometheus.
 */
export const createFigures = ({ own, others }: FiguresDeps) => {
  const textOf = async ([service, { baseUrl, fetch }]: [string, FiguresDeps['others'][string]]) => {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS)
      const answer = await fetch(new Request(new URL('/metrics', baseUrl).href, { signal }))
      return { service, text: answer.ok ? await answer.text() : undefined }
    } catch {
      return { service, text: undefined }
    }
  }

  return async function figures(): Promise<Figures> {
    const [mine, ...rest] = await Promise.all([own(), ...Object.entries(others).map(textOf)])
    const samples = samplesOf(mine.text)
    return {
      requests: sumOf(samples, 'baton_http_requests_total'),
      published: sumOf(samples, 'baton_published_total', { outcome: 'acknowledged' }),
      lag: rest.flatMap(({ service, text = '' }) =>
        samplesOf(text)
          .filter(({ name }) => name === 'baton_consumer_lag')
          .map(({ labels, value }) => ({
            service,
            group: labels['group'] ?? '',
            topic: labels['topic'] ?? '',
            records: value,
          })),
      ),
      missing: rest.flatMap(({ service, text }) => (text === undefined ? [service] : [])),
    }
  }
}

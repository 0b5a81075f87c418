import { expect, test } from 'bun:test'
import { createFigures } from '../../gateway/figures.ts'

const OWN = `# HELP baton_http_requests_total Answers
baton_http_requests_total{method="GET",route="/v1/pipelines",status="200"} 40
baton_http_requests_total{method="GET",route="/v1/pipelines",status="401"} 2
baton_published_total{topic="t",outcome="acknowledged"} 7
baton_published_total{topic="t",outcome="failed"} 1
`
const CONDUCTOR = `baton_consumer_lag{group="facts",topic="huleedu.essay.nlp.completed.v1",service="conductor"} 12
nodejs_eventloop_lag_seconds{service="conductor"} 0.2
`

test('figures are summed up from what each service exports, and a service that does not answer is named', async () => {
  const asked: string[] = []
  const figures = createFigures({
    own: async () => ({ text: OWN }),
    others: {
      conductor: {
        baseUrl: 'http://conductor.test',
        fetch(request) {
          asked.push(request.url)
          return new Response(CONDUCTOR)
        },
      },
      orchestrator: {
        baseUrl: 'http://orchestrator.test',
        fetch: () => Promise.reject(new TypeError('no route')),
      },
      archive: { baseUrl: 'http://archive.test', fetch: () => new Response('', { status: 503 }) },
    },
  })
  expect(await figures()).toEqual({
    requests: 42,
    published: 7,
    lag: [{ service: 'conductor', group: 'facts', topic: 'huleedu.essay.nlp.completed.v1', records: 12 }],
    missing: ['orchestrator', 'archive'],
  })
  expect(asked).toEqual(['http://conductor.test/metrics'])
})

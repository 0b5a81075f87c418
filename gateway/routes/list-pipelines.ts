import { createRoute, z } from '@hono/zod-openapi'
import type { App } from '../../shared/http/app.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import type { Catalog, Pipeline } from '../../shared/pipelines/catalog.ts'
import type { GatewayEnv } from '../env.ts'
import { access } from '../sign-in/access.ts'
import { json } from './json.ts'
import { PROBLEMS } from './problems.ts'

const Pipelines = z
  .object({
    pipelines: z.array(
      z.object({
        name: z.string(),
        description: z.string(),
        execution: z.enum(['sequential', 'parallel']),
        phases: z.array(z.object({ name: z.string(), depends_on: z.array(z.string()), needs_prompt: z.boolean() })),
      }),
    ),
  })
  .openapi('Pipelines')

const EXAMPLE: z.infer<typeof Pipelines> = {
  pipelines: [
    {
      name: 'nlp',
      description: 'Language analysis of spellchecked texts',
      execution: 'sequential',
      phases: [
        { name: 'spellcheck', depends_on: [], needs_prompt: false },
        { name: 'nlp', depends_on: ['spellcheck'], needs_prompt: true },
      ],
    },
  ],
}

const route = createRoute({
  method: 'get',
  path: '/v1/pipelines',
  summary: 'What can be asked for',
  ...access('batches:read', 'teacher', 'admin', 'service'),
  responses: {
    200: { description: 'All pipelines', ...json(Pipelines, EXAMPLE) },
    ...problemResponses(...PROBLEMS),
  },
})

const shown = ({ name, description, execution, phases }: Pipeline) => ({
  name,
  description,
  execution,
  phases: phases.map((phase) => ({
    name: phase.name,
    depends_on: [...phase.dependsOn],
    needs_prompt: phase.needsPrompt,
  })),
})

export const listPipelines = (app: App<GatewayEnv>, catalog: Catalog): void => {
  app.openapi(route, (c) => c.json({ pipelines: [...catalog.pipelines.values()].map(shown) }, 200))
}

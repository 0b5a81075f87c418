import { createRoute, z } from '@hono/zod-openapi'
import type { App } from '../../shared/http/app.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import type { Catalog, Pipeline } from '../../shared/pipelines/catalog.ts'

const LoadedPipelines = z.object({
  pipelines: z.array(
    z.object({
      name: z.string(),
      description: z.string(),
      execution: z.enum(['sequential', 'parallel']),
      phases: z.array(
        z.object({
          name: z.string(),
          depends_on: z.array(z.string()),
          scope: z.enum(['essay', 'batch']),
          needs_prompt: z.boolean(),
          produces_text: z.boolean(),
          command: z.object({ topic: z.string(), model: z.string() }),
        }),
      ),
    }),
  ),
})

const route = createRoute({
  method: 'get',
  path: '/internal/v1/pipelines',
  summary: 'The pipelines that are loaded',
  responses: {
    200: { description: 'All of them', content: { 'application/json': { schema: LoadedPipelines } } },
    ...problemResponses('AUTHENTICATION_ERROR'),
  },
})

const shown = ({ name, description, execution, phases }: Pipeline) => ({
  name,
  description,
  execution,
  phases: phases.map((phase) => ({
    name: phase.name,
    depends_on: [...phase.dependsOn],
    scope: phase.scope,
    needs_prompt: phase.needsPrompt,
    produces_text: phase.producesText,
    command: phase.command,
  })),
})

export const listPipelines = (app: App, { catalog }: { readonly catalog: Catalog }): void => {
  app.openapi(route, (c) => c.json({ pipelines: [...catalog.pipelines.values()].map(shown) }, 200))
}

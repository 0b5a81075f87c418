/** `bun bench/servers/bare.ts PORT`: what Hono on Bun does at best. A GET of some JSON, and a POST that parses what it gets. */
import { Hono } from 'hono'
import { DETAILS } from '../../gateway/routes/examples.ts'

const answer = { status: DETAILS.overall_status, details: DETAILS }
const app = new Hono()
app.get('/status', (c) => c.json(answer))
app.post('/pipelines', async (c) => {
  const body: unknown = await c.req.json()
  return c.json({ status: 'accepted', message: typeof body, batch_id: 'b-1', correlation_id: 'c-1' }, 202)
})
Bun.serve({ hostname: '127.0.0.1', port: Number(process.argv[2]), fetch: app.fetch })

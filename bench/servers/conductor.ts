/** `bun bench/servers/conductor.ts PORT`: answers every status at once, as a conductor whose batch is in memory would. */
import { BATCH_ID, DETAILS } from '../../gateway/routes/examples.ts'

const answer = JSON.stringify({ status: DETAILS.overall_status, user_id: 'ada', org_id: null, details: DETAILS })
const init = { headers: { 'content-type': 'application/json' } }
Bun.serve({
  hostname: '127.0.0.1',
  port: Number(process.argv[2]),
  fetch: ({ url }) =>
    url.endsWith(`/${BATCH_ID}/status`) ? new Response(answer, init) : new Response('{}', { ...init, status: 404 }),
})

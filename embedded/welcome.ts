interface Welcome {
  readonly url: string
  readonly dataDir: string
  /** Whether anybody can sign in. */
  readonly dev: boolean
  /** Whether there is a page for people. */
  readonly console: boolean
}

/** What a person reads after the start: where everything is, and an example to paste. */
export const welcome = ({ url, dataDir, dev, console }: Welcome): string => `
Baton is ready. Everything runs in this process; state is kept in ${dataDir}.

${console ? `  console ${url}\n` : ''}  API     ${url}
  docs    ${url}/docs
  token   ${dev ? `POST ${url}/dev/token (development only)` : 'your identity provider (AUTH_MODE=jwt)'}
${dev ? example(url) : ''}`

const example = (url: string): string => `
Paste this into a second terminal:

  TOKEN=$(curl -s ${url}/dev/token -H 'content-type: application/json' \\
    -d '{"user_id":"ada"}' | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
  BATCH=$(curl -s ${url}/v1/batches/register -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\
    -d '{"expected_essay_count":3,"course_code":"ENG5"}' | sed 's/.*"batch_id":"\\([^"]*\\)".*/\\1/')
  curl -s "${url}/v1/batches/$BATCH/pipelines" -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\
    -d '{"requested_pipeline":"ai_feedback","prompt_payload":{"assignment_id":"a-1"}}'
  curl -s "${url}/v1/batches/$BATCH/status" -H "authorization: Bearer $TOKEN"

Ctrl-C stops it; the next start goes on where it was.
`

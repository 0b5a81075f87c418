import { eventTypeOf, MODELS } from '../../shared/contracts/registry.ts'
import { COMPACTED_TOPICS, keyOf, TOPICS } from '../../shared/contracts/topics.ts'
import { CODES } from '../../shared/http/codes.ts'
import { createMetrics } from '../../shared/telemetry/metrics.ts'

/** Pages that are made from the code, so that they cannot say anything else. */

const NOTE = '<!-- Made by `npm run reference` from the code; a test holds both equal. -->'
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n')

const errors = (): string => `# Errors

${NOTE}

Every answer that is no success is \`application/problem+json\` (RFC 9457): \`type\`, \`title\`, \`status\`, \`detail\`, \`code\`,
\`correlation_id\`, and \`errors[]\` with JSON pointers for wrong values. Decide by \`code\` and, where it stands, \`reason\`;
\`detail\` is for people.

${table(
  ['code', 'status', 'title', 'what to do'],
  Object.entries(CODES).map(([code, { status, title, advice }]) => [`\`${code}\``, String(status), title, advice]),
)}
`

const metrics = (): string => {
  const all = createMetrics('any')
  all.orchestrator.waiting(async () => [])
  const ours = all.facts().filter(({ name }) => !/^(process|nodejs)_/.test(name))
  return `# Metrics

${NOTE}

Each service serves them at \`/metrics\`. All have the label \`service\`; those of the process itself (\`process_...\`,
\`nodejs_...\`) come with them. No label ever holds an id.

${table(
  ['name', 'type', 'labels', 'meaning'],
  ours.map(({ name, type, labels, help }) => [
    `\`${name}\``,
    type,
    labels.map((label) => `\`${label}\``).join(', '),
    help,
  ]),
)}
`
}

const events = (): string => `# Messages

${NOTE}

Every value is an envelope: \`event_id\`, \`event_type\`, \`event_timestamp\`, \`source_service\`, \`schema_version\`,
\`correlation_id\`, \`data_schema_uri\`, \`data\`, \`metadata\`. The whole as an AsyncAPI document, with every field, is at \`/asyncapi.json\` on the conductor. What cannot be handled goes to \`<topic>.DLQ\`.

${table(
  ['topic', 'event_type', 'key', 'fields of its data'],
  Object.values(TOPICS).map((topic) => [
    `\`${topic}\`${COMPACTED_TOPICS.has(topic) ? ' (compacted)' : ''}`,
    `\`${eventTypeOf(topic)}\``,
    keyOf(topic),
    Object.keys(MODELS[topic].shape)
      .map((field) => `\`${field}\``)
      .join(', '),
  ]),
)}
`

/** The pages by their names in \`docs/reference/\`. */
export const referencePages = (): ReadonlyMap<string, string> =>
  new Map([
    ['errors.md', errors()],
    ['metrics.md', metrics()],
    ['messages.md', events()],
  ])

import { join } from 'node:path'
import { z } from 'zod'
import { parseEnvironment } from '../../shared/config.ts'
import type { EssayRef } from '../../shared/contracts/blocks.ts'
import { receiveAs } from '../../shared/contracts/receive.ts'
import type { DataOf } from '../../shared/contracts/registry.ts'
import { messageOf } from '../../shared/contracts/send.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS, type Topic } from '../../shared/contracts/topics.ts'
import { batchId, correlationId, derivedId, eventId } from '../../shared/ids.ts'
import type { LogRecord, OutgoingMessage } from '../../shared/log/port.ts'
import { loadCatalog } from '../../shared/pipelines/load.ts'
import { createCorrelationContext } from '../../shared/telemetry/context.ts'
import { createChance } from '../../simulator/chance.ts'
import type { SimulatorSettings } from '../../simulator/config.ts'
import { simulatorFields } from '../../simulator/config.ts'
import type { Script } from '../../simulator/script.ts'
import { answersOf } from '../../simulator/service.ts'
import { delivered } from '../support/delivered.ts'

export const catalog = loadCatalog(join(import.meta.dir, '../../pipelines'))
export const AT = 1_770_106_530_623
export const CORRELATION = correlationId('4848e3a5-d5b1-4c67-972f-7fd205078a55')

/** What a simulator's app is told of its process. */
export const SURROUNDINGS = {
  version: '0',
  environment: 'test',
  slowMs: 10_000,
  context: createCorrelationContext(),
  internalKeys: undefined,
} as const

/** Settings as the environment would give them; no time passes unless asked for. */
export const settings = (environment: Readonly<Record<string, string>> = {}): SimulatorSettings =>
  parseEnvironment(z.object(simulatorFields), { SIMULATOR_PHASE_MS: '0', ...environment })

export const registration = (id: string, essays: readonly string[]): OutgoingMessage =>
  messageOf({
    topic: TOPICS.essaysRegistered,
    batchId: batchId(id),
    eventId: eventId(derivedId(id, 'registered')),
    correlationId: CORRELATION,
    source: SENDERS.orchestratorRegistration,
    at: AT,
    data: {
      entity_id: id,
      expected_essay_count: essays.length,
      essay_ids: [...essays],
      metadata: { entity_id: id, entity_type: 'batch' },
      course_code: 'SV2',
      user_id: 'teacher-1',
    },
  })

/** The command that has a class's essays matched to its students. */
export const matching = (id: string, essays: readonly string[]): OutgoingMessage =>
  messageOf({
    topic: TOPICS.studentMatchingCommand,
    batchId: batchId(id),
    eventId: eventId(derivedId(id, 'matching')),
    correlationId: CORRELATION,
    source: SENDERS.orchestrator,
    at: AT,
    data: {
      entity_id: id,
      entity_type: 'batch',
      essays_to_process: essays.map(ref),
      class_id: 'class-7b',
      course_code: 'SV2',
    },
  })

const ref = (essay_id: string): EssayRef => ({
  essay_id,
  text_storage_id: `text of ${essay_id}`,
  spellcheck_metrics: null,
})

const COMMANDS = {
  spellcheck: TOPICS.spellcheckCommand,
  nlp: TOPICS.nlpCommand,
  ai_feedback: TOPICS.aiFeedbackCommand,
  cj_assessment: TOPICS.cjCommand,
} as const
export type Phase = keyof typeof COMMANDS
export const PHASES: readonly Phase[] = ['spellcheck', 'nlp', 'ai_feedback', 'cj_assessment']

/** The command that starts a phase; `attempt` tells commands of one batch apart. */
export const command = (
  phase: Phase,
  id: string,
  essays: readonly string[],
  { attempt = 1, at = AT }: { readonly attempt?: number; readonly at?: number } = {},
): OutgoingMessage =>
  messageOf({
    topic: COMMANDS[phase],
    batchId: batchId(id),
    eventId: eventId(derivedId(id, 'command', phase, attempt)),
    correlationId: CORRELATION,
    source: SENDERS.orchestratorCommand,
    at,
    data: {
      entity_id: id,
      entity_type: 'batch',
      essays_to_process: essays.map(ref),
      language: 'sv',
      course_code: 'SV2',
      class_type: 'GUEST',
      owner_user_id: 'teacher-1',
    },
  })

/** A message as it comes out of the log. */
export const recordOf = (message: OutgoingMessage, offset = 0): LogRecord =>
  delivered(message, { timestamp: AT, offset })

/** The data of all that was said on one topic, read by the topic's model. */
export const said = <T extends Topic>(messages: readonly OutgoingMessage[], topic: T): readonly DataOf<T>[] =>
  messages.filter((message) => message.topic === topic).map((message) => dataOf(topic, recordOf(message)))

const dataOf = <T extends Topic>(topic: T, record: LogRecord): DataOf<T> => receiveAs(topic, record).envelope.data

/** The script that answers a message. */
export const performance = (message: OutgoingMessage, config: SimulatorSettings = settings()): Script => {
  const answer = answersOf(catalog, config, createChance(config.SIMULATOR_SEED)).find(
    ({ topic }) => topic === message.topic,
  )
  if (!answer) throw new Error(`nobody answers ${message.topic}`)
  return answer.read(recordOf(message))
}

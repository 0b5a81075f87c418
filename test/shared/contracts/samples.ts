import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { isTopic } from '../../../shared/contracts/registry.ts'
import { TOPICS, type Topic } from '../../../shared/contracts/topics.ts'

/** Real messages, made by the original's own models (test/golden). */

const folder = join(import.meta.dir, '../../golden')

export const goldenFiles = (...under: readonly string[]): readonly string[] =>
  readdirSync(join(folder, ...under)).filter((file) => file.endsWith('.json'))

export const readGolden = (...path: readonly string[]): unknown =>
  JSON.parse(readFileSync(join(folder, ...path), 'utf8'))

const File = z.object({
  model: z.string(),
  topic: z.string().optional(),
  event_type: z.string().optional(),
  samples: z.array(z.object({ name: z.string(), envelope: z.record(z.string(), z.unknown()) })).min(1),
})

export interface Sample {
  readonly model: string
  readonly topic: Topic
  readonly name: string
  readonly envelope: Readonly<Record<string, unknown>>
}

/** Every sample of every file; a file whose topic we do not know is an error. */
export const goldenSamples = (): readonly Sample[] =>
  goldenFiles().flatMap((file) => {
    const { model, samples, topic = TOPICS.aiFeedbackCompleted } = File.parse(readGolden(file))
    if (!isTopic(topic)) throw new Error(`${file}: no model is registered for the topic ${topic}`)
    return samples.map(({ name, envelope }) => ({ model, topic, name, envelope }))
  })

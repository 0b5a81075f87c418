import type { Plan } from './plan.ts'

/** What is needed to read a plan's essays later: the facts it rests on and what it would run. */
export interface PlanToken {
  readonly factsRevision: string
  readonly running: readonly string[]
}

/** Names a plan: `1795496612641301:spellcheck,nlp`. */
export const planToken = (factsRevision: string, plan: Plan): string => `${factsRevision}:${plan.finalPipeline.join()}`

const TOKEN = /^(\d{1,16}):((?:[a-z][a-z0-9_]*)(?:,[a-z][a-z0-9_]*)*)?$/

/** Reads a token back; undefined when it is none. */
export const readPlanToken = (text: string): PlanToken | undefined => {
  const [, factsRevision, running] = TOKEN.exec(text) ?? []
  if (factsRevision === undefined) return undefined
  return { factsRevision, running: running ? running.split(',') : [] }
}

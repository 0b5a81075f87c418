import { expect, test } from 'bun:test'
import { promptAttached } from '../../../conductor/planning/prompt.ts'
import { planToken, readPlanToken } from '../../../conductor/planning/token.ts'

test.each([[[]], [['spellcheck']], [['spellcheck', 'ai_feedback']]])('a token of %p is read back', (finalPipeline) => {
  const token = planToken('1795496612641301', { phases: [], finalPipeline })
  expect(readPlanToken(token)).toEqual({ factsRevision: '1795496612641301', running: finalPipeline })
})

test.each(['', '5', '5:A', '5:a,', 'x:a', '5:a b', '12345678901234567:a'])('%p is no token', (text) => {
  expect(readPlanToken(text)).toBeUndefined()
})

test.each([
  [{ prompt_attached: true }, true],
  [{ prompt_attached: 'true' }, true],
  [{ prompt_attached: 1 }, true],
  [{ prompt_attached: 'false' }, false],
  [{ prompt_attached: false }, false],
  [{ prompt_attached: 'maybe' }, false],
  [{ prompt_attached: null }, false],
  [{ prompt_source: 'cms' }, false],
  [null, false],
  [undefined, false],
])('metadata %p: prompt attached is %p', (metadata, expected) => {
  expect(promptAttached(metadata)).toBe(expected)
})

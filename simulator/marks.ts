/** What the id of an essay, which also names its file, can ask for: `anna-fail-nlp` fails in the phase `nlp`. */
export type Wish = 'fail' | 'lose' | 'late' | 'repeat' | 'reorder'

/** Whether an essay asks for it. A stage is a phase, or `content`. */
export const isMarked = (essayId: string, wish: Wish, stage: string): boolean => essayId.includes(`${wish}-${stage}`)

/** `ai_feedback` as people write it: AI feedback. Whatever has no vowel, or two letters, is an abbreviation. */
export const nameOf = (name: string): string => {
  const words = name.split('_').map((word) => (/^([^aeiou]+|..)$/.test(word) ? word.toUpperCase() : word))
  const text = words.join(' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** The plan's reasons, in words for a teacher. */
const REASONS: Readonly<Record<string, string>> = {
  not_started: 'Not done yet.',
  not_complete: 'Some essays are still to be done.',
  below_min_success: 'Too few essays succeeded the last time.',
  retry_failed: 'Once more for the essays that failed.',
  whole_batch: 'Looks at all essays together.',
  already_completed: 'Every essay has it already.',
  outcome_recorded: 'Done before. What failed runs again only by a retry.',
  no_eligible_essays: 'No essay can go through it.',
  prompt_missing: 'Needs an assignment.',
  batch_not_registered: 'The batch is not registered.',
  content_not_ready: 'The texts are still on their way.',
  content_failed: 'The texts could not be taken in.',
}

export const reasonOf = (reason: string): string => REASONS[reason] ?? nameOf(reason)

export const count = (n: number, one: string, many = `${one}s`): string =>
  `${n.toLocaleString()} ${n === 1 ? one : many}`

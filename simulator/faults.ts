import type { Chance } from './chance.ts'
import type { SimulatorSettings } from './config.ts'
import { isMarked, type Wish } from './marks.ts'
import type { Cue, Script } from './script.ts'

/** What can go wrong on the way of a message; that work itself fails is no such fault. */
const FAULTS = ['lose', 'late', 'repeat', 'reorder'] as const satisfies readonly Wish[]
type Fault = (typeof FAULTS)[number]

const ratesOf = (settings: SimulatorSettings): Readonly<Record<Fault, number>> => ({
  lose: settings.SIMULATOR_LOSS_RATE,
  late: settings.SIMULATOR_LATE_RATE,
  repeat: settings.SIMULATOR_REPEAT_RATE,
  reorder: settings.SIMULATOR_REORDER_RATE,
})

/**
 * What is said of a script when the way is bad: messages are lost, late, repeated, or come behind those that should
 * follow them. By chance, or since an essay asks for it: then it befalls what is said of this essay and of its batch.
 */
export const createFaults = (settings: SimulatorSettings, chance: Chance) => {
  const rates = ratesOf(settings)

  return function* withFaults({ cause, stage, essayIds, cues }: Script): Iterable<Cue> {
    const roll = (what: string, { topic, essayId }: Cue) => chance(what, cause.eventId, topic, essayId ?? '')
    const askedOfBatch = new Set(FAULTS.filter((fault) => essayIds.some((id) => isMarked(id, fault, stage))))
    const asksFor = (fault: Fault, { essayId }: Cue): boolean =>
      essayId === null ? askedOfBatch.has(fault) : isMarked(essayId, fault, stage)
    const befalls = (fault: Fault, cue: Cue): boolean =>
      asksFor(fault, cue) || (rates[fault] > 0 && roll(fault, cue) < rates[fault])

    const overtaken: Cue[] = []
    const later: Cue[] = []
    for (const cue of cues()) {
      if (befalls('lose', cue)) continue
      const isLate = befalls('late', cue)
      const said = isLate ? { ...cue, at: cue.at + settings.SIMULATOR_LATE_MS, isLate } : cue
      if (isLate) later.push(said)
      else if (befalls('reorder', cue)) overtaken.push(said)
      else yield said
      if (befalls('repeat', cue)) later.push(roll('copy', cue) < 0.5 ? said : again(said))
    }
    // The last of them first, so that also two that are overtaken change places.
    yield* overtaken.toReversed()
    yield* later.toSorted((a, b) => a.at - b.at)
  }
}
export type WithFaults = ReturnType<typeof createFaults>

/** The original's outbox gives a message a new id when it publishes it again (contracts, section 12). */
const again = (cue: Cue): Cue => ({ ...cue, message: () => cue.message(1) })

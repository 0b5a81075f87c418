import type { BatchChange, Fact, Stamp } from '../../../conductor/state/facts.ts'
import type { EssayId } from '../../../shared/ids.ts'

/**
 * What a batch must look like, computed the slow and obvious way: keep everything that was ever said, in no order, and
 * look for the largest. Shares no code with the stores.
 */
export const createOracle = () => {
  const said: Fact[] = []
  const positions = new Map<string, number>()

  const registers = (writesOf: (fact: Fact) => readonly (readonly [string, Stamp, string])[]) => {
    const best = new Map<string, { stamp: Stamp; value: string }>()
    for (const [register, stamp, value] of said.flatMap(writesOf)) {
      const current = best.get(register)
      if (!current || stamp > current.stamp) best.set(register, { stamp, value })
    }
    return best
  }

  const registration = () =>
    said
      .flatMap((fact) => (fact.kind === 'registration' ? [fact] : []))
      .reduce<Extract<Fact, { kind: 'registration' }> | undefined>(
        (first, fact) => (first && first.stamp <= fact.stamp ? first : fact),
        undefined,
      )

  const essay = (id: EssayId) => {
    const best = registers((fact) => (fact.kind === 'essay' && fact.essayId === id ? fact.writes : []))
    const phases: Record<string, { outcome: string; errorCode: string | null; at: number; settled: boolean }> = {}
    for (const [register, { stamp }] of best) {
      const [, phase, rest] = register.split(':')
      if (!register.startsWith('phase:') || phase === undefined || rest !== undefined) continue
      const succeeded = stamp.startsWith('1')
      phases[phase] = {
        outcome: succeeded ? 'succeeded' : 'failed',
        errorCode: succeeded ? null : (best.get(`phase:${phase}:error`)?.value ?? null),
        at: Number(stamp.split('|')[1]),
        settled: succeeded || best.has(`phase:${phase}:listed`),
      }
    }
    const content = best.get('content')
    const refused = content?.stamp.startsWith('0') ? content.value : null
    return { essayId: id, text: best.get('text')?.value ?? null, refused, phases }
  }

  return {
    hear({ events }: BatchChange): void {
      for (const { partition, offset, facts } of events) {
        positions.set(partition, Math.max(positions.get(partition) ?? -1, offset))
        said.push(...facts)
      }
    },
    position: (partition: string): number => positions.get(partition) ?? -1,
    registration: () => registration()?.registration ?? null,
    essays: () => (registration()?.essayIds ?? []).map(essay),
    book: () =>
      said
        .flatMap((fact) => (fact.kind === 'book' ? [fact.book] : []))
        .reduce<(Fact & { kind: 'book' })['book'] | null>(
          (newest, book) => (newest && Number(newest.revision) >= Number(book.revision) ? newest : book),
          null,
        ),
  }
}

import { DEAD_LETTER_BASES } from '../../../shared/contracts/topics.ts'
import type { App } from '../../../shared/http/app.ts'
import type { Audit } from '../../../shared/http/audit.ts'
import type { EventLog } from '../../../shared/log/port.ts'
import { createDeadLetterDesk } from '../../dead-letters/desk.ts'
import type { DeadLetterStore } from '../../dead-letters/port.ts'
import { createLetterSearch } from '../../dead-letters/search.ts'
import { groupDeadLetters } from './groups.ts'
import { listDeadLetters } from './list.ts'
import { parkDeadLetter } from './park.ts'
import { redriveDeadLetters } from './redrive.ts'
import { showDeadLetter } from './show.ts'

export interface DeadLetterRoutesDeps {
  readonly store: DeadLetterStore
  readonly log: Pick<EventLog, 'publish'>
  readonly audit: Audit
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** Everything about dead letters. The groups stand before the letter: of two routes that match the first answers. */
export const deadLetterRoutes = (app: App, { store, log, audit, clock }: DeadLetterRoutesDeps): void => {
  const search = createLetterSearch({ store, topics: DEAD_LETTER_BASES })
  const desk = createDeadLetterDesk({
    store,
    search,
    log,
    clock,
    audit({ head }, { verdict }, decider) {
      const { id, topic, batchId, reason } = head
      audit(`dead_letter_${verdict}`, decider, { letter_id: id, topic, batch_id: batchId, reason })
    },
  })
  listDeadLetters(app, { search })
  groupDeadLetters(app, { search })
  showDeadLetter(app, { search })
  redriveDeadLetters(app, { desk })
  parkDeadLetter(app, { desk })
}

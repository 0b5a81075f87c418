import type { BatchId } from '../../../shared/ids.ts'
import type { Draft } from '../model/draft.ts'
import type { Reply, RunStore, Transitioned } from '../port.ts'
import { ack } from './ack.ts'
import { cancel } from './cancel.ts'
import { content } from './content.ts'
import { expire } from './expire.ts'
import { moveOn } from './move-on.ts'
import { outcome } from './outcome.ts'
import { prompt } from './prompt.ts'
import { refuse } from './refuse.ts'
import { register } from './register.ts'
import { request } from './request.ts'
import { restore } from './restore.ts'
import { start } from './start.ts'
import { timeout } from './timeout.ts'

/**
 * Makes one change of a batch's book and keeps it, with what it adds to outbox and timers: all of it or nothing. Rejects with a
 * ShelvedError where the archive has the book, unless it is to be done anyway.
 */
export type Transact = (id: BatchId, transition: (draft: Draft) => Reply, anyway?: boolean) => Promise<Transitioned>

/** Every transition of the port as its reducer, over whatever keeps the books. */
export const transitionsOver = (transact: Transact) =>
  ({
    register: (id, input) => transact(id, (draft) => register(draft, input)),
    content: (id, input) => transact(id, (draft) => content(draft, input)),
    request: (id, input) => transact(id, (draft) => request(draft, input)),
    start: (id, input) => transact(id, (draft) => start(draft, input)),
    refuse: (id, input) => transact(id, (draft) => refuse(draft, input)),
    outcome: (id, input) => transact(id, (draft) => outcome(draft, input)),
    expire: (id) => transact(id, expire),
    timeout: (id) => transact(id, timeout),
    moveOn: (id) => transact(id, moveOn),
    cancel: (id, input) => transact(id, (draft) => cancel(draft, input)),
    prompt: (id, input) => transact(id, (draft) => prompt(draft, input)),
    restore: (id, input) => transact(id, (draft) => restore(draft, input), true),
    ack: (id, input) => transact(id, (draft) => ack(draft, input)),
  }) satisfies Partial<RunStore>

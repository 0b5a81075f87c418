import type { OutgoingMessage } from '../../shared/log/port.ts'
import { type CommandBuilder, type CommandEntry, commandContext } from '../commands/context.ts'
import type { Book } from '../runs/model/book.ts'
import { runOf } from '../runs/model/draft.ts'
import type { OutboxEntry } from '../runs/model/outbox-entry.ts'
import { ended } from './ended.ts'
import { matching } from './matching.ts'
import { refused } from './refused.ts'
import { registered } from './registered.ts'
import { runBook } from './run-book.ts'
import { skipped } from './skipped.ts'
import { started } from './started.ts'

/** Makes the messages of one kind of entry. */
export type Renderer<Kind extends OutboxEntry['kind']> = (
  book: Book,
  entry: Extract<OutboxEntry, { kind: Kind }>,
) => readonly OutgoingMessage[]

const isOpen = (book: Book, { run_id, phase, attempt }: CommandEntry): boolean =>
  runOf(book, run_id)?.phases.some(
    (one) => one.phase === phase && one.attempt === attempt && one.status === 'running',
  ) ?? false

/**
 * Makes messages of outbox entries: the same entry and book give the same messages, byte for byte. `entries` are all that
 * the batch has to say now: the run book tells of them.
 */
export const createRenderer = (commands: Pick<ReadonlyMap<string, CommandBuilder>, 'get'>) =>
  function render(book: Book, entry: OutboxEntry, entries: readonly OutboxEntry[]): readonly OutgoingMessage[] {
    switch (entry.kind) {
      case 'registered':
        return registered(book, entry)
      case 'book':
        return runBook(book, entry, entries)
      case 'refused':
        return refused(book, entry)
      case 'skipped':
        return skipped(book, entry)
      case 'started':
        return started(book, entry)
      case 'ended':
        return ended(book, entry)
      case 'matching':
        return matching(book, entry)
      case 'command': {
        // An attempt that was closed before its command went out is not commanded any more.
        if (!isOpen(book, entry)) return []
        const build = commands.get(entry.phase)
        if (!build) throw new Error(`there is no command for the phase ${entry.phase}`)
        return [build(commandContext(book, entry))]
      }
    }
  }
export type Render = ReturnType<typeof createRenderer>

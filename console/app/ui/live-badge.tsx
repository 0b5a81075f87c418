import type { Connection } from '../../client/live/keep-following.ts'

const WORDS: Readonly<Record<Connection, string>> = {
  connecting: 'Connecting',
  live: 'Live',
  polling: 'Looked at every few seconds',
  holding: 'Catching up: this may be old',
  reconnecting: 'Connection lost, trying again',
  refused: 'Ended',
}

/** How fresh what is shown is. */
export const LiveBadge = ({ connection }: { readonly connection: Connection }) => (
  <span className="live" data-connection={connection} role="status">
    {WORDS[connection]}
  </span>
)

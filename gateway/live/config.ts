import { Whole } from '../../shared/config.ts'

/** What streams read of the environment. */
export const streamFields = {
  /** Milliseconds of silence after which a stream says that it is alive; below what proxies allow. */
  STREAM_HEARTBEAT_MS: Whole(3_000, 100, 60_000),
  /** Milliseconds after which a watched batch is looked at without a notice. */
  STREAM_REREAD_MS: Whole(5_000, 500, 600_000),
  /** Milliseconds after which a reader that takes nothing is cut off. */
  STREAM_STALL_MS: Whole(30_000, 1_000, 600_000),
  STREAMS_MAX: Whole(20_000, 1),
  STREAMS_PER_USER: Whole(100, 1),
}

import { z } from 'zod'
import {
  ACROSS_FIELDS,
  archiveConfig,
  distributedConfig,
  needsInternalKey,
  Port,
  redisConfig,
  Whole,
} from '../shared/config.ts'
import { wholeKafkaSecurity, wholeRedisAccess } from '../shared/connections.ts'

/** What the conductor reads of the environment, also when it is part of the embedded process. */
export const conductorFields = {
  CONDUCTOR_PORT: Port(4002),
  /** Milliseconds that `define` waits for records which its caller has seen; below what the callers wait: a gateway 3 s, an orchestrator 6 s. */
  CATCH_UP_WAIT_MS: Whole(2_500, 0, 60_000),
  ...archiveConfig,
}

/** Bytes of a request's body: the largest is a `define` with 100 positions. */
export const MAX_BODY_BYTES = 100_000

/** The conductor as a process of its own. */
export const ConductorConfig = z
  .object({ ...distributedConfig, ...redisConfig, ...conductorFields })
  .superRefine(needsInternalKey, ACROSS_FIELDS)
  .superRefine(wholeKafkaSecurity, ACROSS_FIELDS)
  .superRefine(wholeRedisAccess, ACROSS_FIELDS)
export type ConductorConfig = z.infer<typeof ConductorConfig>

import { z } from 'zod'
import {
  ACROSS_FIELDS,
  archiveConfig,
  distributedConfig,
  HttpUrl,
  needsInternalKey,
  Port,
  redisConfig,
  Whole,
} from '../shared/config.ts'
import { wholeKafkaSecurity, wholeRedisAccess } from '../shared/connections.ts'

/** What the orchestrator reads of the environment, also when it is part of the embedded process. */
export const orchestratorFields = {
  ORCHESTRATOR_PORT: Port(4003),
  /** Seconds that a request may wait for its batch's content, and until the conductor knows the batch. */
  READY_WAIT_SECONDS: Whole(60, 1, 86_400),
  /** Seconds after which a request that has no run is refused: none is run again by a recovery. */
  REQUEST_MAX_AGE: Whole(86_400, 60, 31_536_000),
  /** Where credits are checked before a run; unset: nowhere. */
  ENTITLEMENTS_URL: HttpUrl.optional(),
  ...archiveConfig,
}

/** The orchestrator as a process of its own. */
export const OrchestratorConfig = z
  .object({
    ...distributedConfig,
    ...redisConfig,
    ...orchestratorFields,
    CONDUCTOR_URL: HttpUrl.default('http://127.0.0.1:4002'),
  })
  .superRefine(needsInternalKey, ACROSS_FIELDS)
  .superRefine(wholeKafkaSecurity, ACROSS_FIELDS)
  .superRefine(wholeRedisAccess, ACROSS_FIELDS)
export type OrchestratorConfig = z.infer<typeof OrchestratorConfig>

/** Bytes of a registration's body: so many for each essay that a batch may have. */
export const maxBodyBytes = (maxBatchEssays: number): number => 100_000 + 400 * maxBatchEssays

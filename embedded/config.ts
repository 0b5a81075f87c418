import { z } from 'zod'
import { conductorFields } from '../conductor/config.ts'
import { checkSignIn, gatewayFields } from '../gateway/config.ts'
import { orchestratorFields } from '../orchestrator/config.ts'
import { ACROSS_FIELDS, commonConfig, InternalKeys } from '../shared/config.ts'
import { simulatorFields } from '../simulator/config.ts'

/** The engines of the other way to run. Somebody who names them does not want SQLite files. */
const mustNotBeSet = (services: string) =>
  z
    .string()
    .optional()
    .refine(
      (value) => value === undefined,
      `is for services that are processes of their own (${services}); unset it to start all in one process`,
    )

/** All services in one process: what each of them reads, but for engines and addresses. */
export const EmbeddedConfig = z
  .object({
    ...commonConfig,
    ...gatewayFields,
    ...conductorFields,
    ...orchestratorFields,
    ...simulatorFields,
    CONSOLE: gatewayFields.CONSOLE.unwrap().default('on'),
    AUTH_MODE: gatewayFields.AUTH_MODE.unwrap().default('dev'),
    INTERNAL_API_KEY: InternalKeys.optional(),
    /** Where the log, the state and the development secrets are kept. */
    DATA_DIR: z.string().default('./data'),
    KAFKA_BROKERS: mustNotBeSet('bun gateway/main.ts and so on'),
    REDIS_URL: mustNotBeSet('bun gateway/main.ts and so on'),
  })
  // A secret that is not set is made, so only what excludes each other is left to check.
  .superRefine(
    (config, context) => checkSignIn({ ...config, JWT_SECRET: config.JWT_SECRET ?? madeLater(config) }, context),
    ACROSS_FIELDS,
  )
export type EmbeddedConfig = z.infer<typeof EmbeddedConfig>

/** In development the secret comes from the data folder. */
const madeLater = ({ AUTH_MODE }: { readonly AUTH_MODE: 'jwt' | 'dev' }): string | undefined =>
  AUTH_MODE === 'dev' ? '' : undefined

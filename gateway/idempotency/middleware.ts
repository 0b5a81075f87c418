import { z } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import { PassingError } from '../../shared/errors.ts'
import { ProblemError } from '../../shared/http/problem.ts'
import { timed } from '../../shared/http/timing.ts'
import { derivedId, randomId } from '../../shared/ids.ts'
import type { Logger } from '../../shared/telemetry/logger-port.ts'
import type { GatewayEnv } from '../env.ts'
import { keep, replay } from './answer.ts'
import { canonical, digestOf, type Sha256 } from './digest.ts'
import type { IdempotencyStore } from './port.ts'

export type IdempotencyVerdict = 'first' | 'replayed' | 'running' | 'mismatch'

export interface IdempotencyDeps {
  readonly store: IdempotencyStore
  readonly counted: (verdict: IdempotencyVerdict) => void
  readonly logger: Logger
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** Default by web standards. */
  readonly sha256?: Sha256
}

/** Longer than any call takes that is still alive: what it waits for is bounded. */
const LEASE_MS = 30_000

/** Printable ASCII, as clients send it; quotes around it, as the IETF draft writes it, are part of the key. */
const Key = z.string().regex(/^[!-~]{1,255}$/, 'must be 1 to 255 printable ASCII characters without space')

type Once = MiddlewareHandler<GatewayEnv>

/** What a route needs that takes a key. */
export interface OnceDeps {
  readonly once: Once
}

/** The route, done once by key after the check of who may call it: what one token got is not for another that may more or less. */
export const byKey = <Route extends { readonly middleware: Once }>(route: Route, once: Once) => ({
  ...route,
  middleware: [route.middleware, once],
})

/** Goes into the `headers` of each route that takes a key. */
export const IdempotencyHeader = z.object({
  'idempotency-key': Key.optional().openapi({
    description:
      'Chosen by the client, fresh for each thing that it wants done. A repeat with the same key and payload gets the first answer again for 24 hours (`Idempotency-Replayed: true`) and has no further effect',
    example: '8e03978e-40d5-43e8-bc93-6894a57f9324',
  }),
})

/** Characters of an answer that is kept. A repeat of a longer one is done again, under the same ids. */
const MAX_KEPT = 100_000

/** Answers that no repeat of the same payload would change; everything else may come out otherwise next time. */
const isFinal = (status: number): boolean => (status >= 200 && status < 300) || [400, 403, 422].includes(status)

/**
 * Does once what is asked for several times under one `Idempotency-Key`. The id of what the call causes comes from the
 * key, so that a repeat after a crash at any point causes the same message, not a second one (invariant 4).
 */
export const idempotent = ({ store, counted, logger, clock, sha256 }: IdempotencyDeps): Once =>
  async function onceByKey(c, next) {
    const key = c.req.header('idempotency-key')
    if (key === undefined || !Key.safeParse(key).success) {
      c.set('requestId', randomId())
      return next()
    }
    const call = [c.get('user').userId, c.req.method, c.req.path, key] as const
    const payload = canonical(await c.req.text())
    const [digest, fingerprint] = await Promise.all([digestOf(call, sha256), digestOf([payload], sha256)])
    const owner = randomId()
    const claim = { fingerprint, owner, correlationId: c.get('correlationId'), leaseMs: LEASE_MS }
    const reservation = await timed(c.get('timings'), 'idempotency_key', clock, () => store.reserve(digest, claim))
    switch (reservation.state) {
      case 'mismatch':
        counted('mismatch')
        throw otherPayload()
      case 'running':
        counted('running')
        throw stillRunning(reservation.retryAfterMs)
      case 'answered':
        counted('replayed')
        c.set('correlationId', reservation.correlationId)
        return replay(reservation.answer)
    }
    counted('first')
    c.set('requestId', derivedId(...call, fingerprint))
    c.set('correlationId', reservation.correlationId)
    await next()
    try {
      const answer = isFinal(c.res.status) ? await keep(c.res) : undefined
      if (answer && answer.body.length <= MAX_KEPT) await store.complete(digest, owner, answer)
      else await store.release(digest, owner)
    } catch (thrown) {
      // The answer stands all the same; a repeat after the lease causes the same message again.
      if (!(thrown instanceof PassingError)) throw thrown
      logger.warn({ err: thrown.message }, 'the answer of an idempotency key was not kept')
    }
    return undefined
  }

const otherPayload = () =>
  new ProblemError({
    code: 'VALIDATION_ERROR',
    reason: 'idempotency_key_reused',
    detail: 'This Idempotency-Key was used with another payload: take a fresh key for another request.',
    errors: [{ pointer: '#header/idempotency-key', detail: 'was used with another payload' }],
  })

const stillRunning = (retryAfterMs: number) =>
  new ProblemError({
    code: 'CONFLICT',
    reason: 'idempotency_key_running',
    detail: 'The first request with this Idempotency-Key is not answered yet: ask again in a moment.',
    headers: { 'retry-after': String(Math.min(2, Math.max(1, Math.ceil(retryAfterMs / 1_000)))) },
  })

import { type CryptoKey, createLocalJWKSet, errors, type JWTHeaderParameters } from 'jose'
import { z } from 'zod'
import { asError, PassingError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/telemetry/logger-port.ts'

export interface KeySetOptions {
  readonly url: string
  readonly fetch: (request: Request) => Promise<Response> | Response
  readonly logger: Logger
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly sleep: (ms: number) => Promise<void>
  /** Keys are gone, so what was verified with them may no longer count. */
  readonly onRemoved: () => void
}

/** The keys that an identity server publishes. */
export interface KeySet {
  /**
   * The keys that fit a token's header; more than one only when the token does not name its key. Rejects with a
   * PassingError when an unknown key cannot be asked for now.
   */
  find(header: JWTHeaderParameters): Promise<readonly CryptoKey[]>
  /** Begins to read the keys again where they are old; nobody waits for it, and until it succeeds they stand. */
  refresh(): void
}

const Jwks = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) })

/** After so long the keys are old: they are read again beside the request that notices. */
const MAX_AGE_MS = 5 * 60_000
/** Unknown keys cause at most one read in this time: whoever sends made-up ones waits, and the server is spared. */
const PAUSE_MS = 1_000
const TIMEOUT_MS = 3_000

type Local = ReturnType<typeof createLocalJWKSet>

/**
 * Keys by their id, read once and kept. A token of a key that is not known is judged only after a read that began after it
 * came, so a rotation refuses nobody; reads are shared; an outage of the server changes nothing for known keys.
 */
export const createKeySet = ({ url, fetch, logger, clock, sleep, onRemoved }: KeySetOptions): KeySet => {
  let local: Local | undefined
  let ids: ReadonlySet<string> = new Set()
  let readAt = Number.NEGATIVE_INFINITY
  let beganAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined

  const read = async (): Promise<void> => {
    const waited = beganAt + PAUSE_MS - clock()
    if (waited > 0) await sleep(waited)
    beganAt = clock()
    try {
      const answer = await fetch(new Request(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }))
      if (!answer.ok) throw new Error(`the key server answered ${answer.status}`)
      const jwks = Jwks.parse(await answer.json())
      const found = new Set(jwks.keys.map((key) => JSON.stringify(key)))
      local = createLocalJWKSet(jwks)
      readAt = clock()
      const isRemoved = [...ids].some((key) => !found.has(key))
      ids = found
      if (isRemoved) onRemoved()
    } catch (thrown) {
      throw new PassingError('key_server', `keys cannot be read: ${asError(thrown).message}`, { cause: thrown })
    }
  }
  const shared = (): Promise<void> => {
    reading ??= read().finally(() => {
      reading = undefined
    })
    return reading
  }
  /** Resolves after a read that began now or later: one that is under way may not have seen the newest keys. */
  const readAnew = async (): Promise<void> => {
    if (reading) await reading.catch(() => {})
    await shared()
  }

  const refresh = (): void => {
    if (!local || clock() - readAt <= MAX_AGE_MS || reading) return
    shared().catch((thrown) => logger.warn({ err: asError(thrown).message }, 'known keys go on counting'))
  }

  return {
    refresh,
    async find(header) {
      refresh()
      const known = local && (await keysFor(local, header))
      if (known && known.length > 0) return known
      await readAnew()
      return local ? keysFor(local, header) : []
    },
  }
}

const keysFor = async (local: Local, header: JWTHeaderParameters): Promise<readonly CryptoKey[]> => {
  try {
    return [await local(header)]
  } catch (thrown) {
    if (thrown instanceof errors.JWKSNoMatchingKey) return []
    if (!(thrown instanceof errors.JWKSMultipleMatchingKeys)) throw thrown
    return Array.fromAsync(thrown)
  }
}

import { ProblemError } from '../../shared/http/problem.ts'
import type { StreamMetrics, Transport } from '../../shared/telemetry/stream-metrics.ts'
import type { Later } from './coalescer.ts'
import type { Delivered } from './delivery-trace.ts'
import { type EndReason, endFrame, type Frame } from './frames.ts'
import type { Outbox } from './outbox.ts'

/** Where a stream's frames go. */
export interface Sink {
  /** Whether the reader has taken what it was given. */
  ready(): boolean
  write(frame: Frame): void
  /** Says that the connection is alive. */
  heartbeat(): void
  /** After the last frame. */
  end(): void
  /** The reader does not read: cut it off. */
  abort(): void
}

export interface StreamsOptions {
  readonly metrics: StreamMetrics
  /** Told of each frame that shows a change whose trace is recorded. */
  readonly delivered: Delivered | undefined
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly later: Later
  /** Milliseconds of silence after which a heartbeat is sent. */
  readonly heartbeatMs: number
  /** Milliseconds after which a reader that takes nothing is cut off. */
  readonly stallMs: number
  readonly maxStreams: number
  readonly maxStreamsPerUser: number
}

export interface StreamInput {
  readonly userId: string
  /** When the sign-in ends, milliseconds since 1970. */
  readonly until: number
  readonly transport: Transport
  readonly outbox: Outbox
  /** Called once when the stream is over, for whatever reason. */
  readonly closed: () => void
}

export interface Stream {
  /** Connects it to its reader, and sends what waits. */
  attach(sink: Sink): void
  /** Sends what waits, as far as the reader takes it: call it when something waits, or when the reader is ready again. */
  pump(): void
  /** The reader is gone. */
  close(): void
}

export interface Streams {
  /** Throws a 429 when there are too many already. */
  open(input: StreamInput): Stream
  start(): void
  /** Whether streams only end now. */
  draining(): boolean
  /** Ends all streams with a last frame, and each that comes later at once; resolves when all are over. */
  drain(): Promise<void>
}

const LOOK_MS = 250
/** Milliseconds that draining waits for slow readers. */
const DRAIN_LIMIT_MS = 3_000

interface State {
  readonly input: StreamInput
  sink: Sink | undefined
  /** When something was last written, and since when the reader has taken nothing; milliseconds since 1970. */
  wroteAt: number
  stuckSince: number | undefined
}

/** All streams of a gateway: one timer for all of them, and what is the same for every transport. */
export const createStreams = (options: StreamsOptions): Streams => {
  const { metrics, delivered, clock, later, heartbeatMs, stallMs, maxStreams, maxStreamsPerUser } = options
  const open = new Set<State>()
  const perUser = new Map<string, number>()
  let draining = false
  let allOver: (() => void) | undefined
  let cancelLook: (() => void) | undefined

  /** False when it was over already. */
  const remove = (state: State): boolean => {
    if (!open.delete(state)) return false
    const { userId, closed } = state.input
    const left = (perUser.get(userId) ?? 1) - 1
    if (left === 0) perUser.delete(userId)
    else perUser.set(userId, left)
    metrics.open(open.size)
    closed()
    if (open.size === 0) allOver?.()
    return true
  }

  const pump = (state: State): void => {
    const { sink, input } = state
    if (!sink || !open.has(state)) return
    while (sink.ready()) {
      const frame = input.outbox.take()
      if (!frame) break
      sink.write(frame)
      state.wroteAt = clock()
      if (frame.causes) delivered?.(frame, input.transport)
      // A revision is the time of its change, in microseconds (invariant 10).
      if (frame.id) metrics.sent(input.transport, Math.max(0, state.wroteAt / 1_000 - frame.id / 1_000_000))
    }
    if (input.outbox.finished() && remove(state)) sink.end()
  }

  const finish = (state: State, reason: EndReason): void => {
    state.input.outbox.finish(endFrame(reason))
    pump(state)
  }

  const drop = (state: State): void => {
    if (!remove(state)) return
    metrics.dropped(state.input.transport)
    state.sink?.abort()
  }

  const look = (): void => {
    const now = clock()
    for (const state of open) {
      const { sink, input } = state
      if (!sink) continue
      if (now >= input.until) finish(state, 'token_expired')
      if (!open.has(state)) continue
      if (!sink.ready()) {
        state.stuckSince ??= now
        if (now - state.stuckSince >= stallMs) drop(state)
        continue
      }
      state.stuckSince = undefined
      if (now - state.wroteAt < heartbeatMs) continue
      sink.heartbeat()
      state.wroteAt = now
    }
    cancelLook = later(LOOK_MS, look)
  }

  return {
    open(input) {
      const own = perUser.get(input.userId) ?? 0
      if (open.size >= maxStreams || own >= maxStreamsPerUser) throw tooMany(own >= maxStreamsPerUser)
      const state: State = { input, sink: undefined, wroteAt: clock(), stuckSince: undefined }
      open.add(state)
      perUser.set(input.userId, own + 1)
      metrics.open(open.size)
      return {
        attach(sink) {
          state.sink = sink
          if (draining) finish(state, 'draining')
          else pump(state)
        },
        pump: () => pump(state),
        close: () => void remove(state),
      }
    },
    start: look,
    draining: () => draining,
    async drain() {
      draining = true
      cancelLook?.()
      const over = Promise.withResolvers<void>()
      allOver = over.resolve
      for (const state of [...open]) finish(state, 'draining')
      if (open.size === 0) return
      const cancel = later(DRAIN_LIMIT_MS, () => {
        for (const state of [...open]) drop(state)
      })
      await over.promise
      cancel()
    },
  }
}

const tooMany = (own: boolean): ProblemError =>
  new ProblemError({
    code: own ? 'RATE_LIMIT' : 'SERVICE_UNAVAILABLE',
    reason: 'too_many_streams',
    detail: own ? 'You have too many streams open; close one first.' : 'Too many streams are open here.',
    headers: { 'retry-after': '5' },
  })

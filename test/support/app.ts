import { createCorrelationContext } from '../../shared/telemetry/context.ts'
import { recordingLogger } from './silent.ts'

/** What a base app needs, with everything recorded. */
export const appDeps = (overrides: { readonly slowMs?: number; readonly maxBodyBytes?: number } = {}) => {
  const logger = recordingLogger()
  const requests: { method: string; route: string; status: number }[] = []
  const problems: { route: string; code: string }[] = []
  let now = 1_000
  let inFlight = 0
  return {
    service: 'test',
    logger,
    requests,
    problems,
    metrics: {
      request: (method: string, route: string, status: number) => void requests.push({ method, route, status }),
      inFlight: (change: 1 | -1) => {
        inFlight += change
      },
      problem: (route: string, code: string) => void problems.push({ route, code }),
    },
    context: createCorrelationContext(),
    clock: () => now,
    inFlight: () => inFlight,
    advance: (ms: number) => {
      now += ms
    },
    slowMs: 1_000,
    maxBodyBytes: 1_000,
    ...overrides,
  }
}

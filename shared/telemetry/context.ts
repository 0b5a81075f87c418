import { AsyncLocalStorage } from 'node:async_hooks'
import type { CorrelationContext } from '../http/ports.ts'

/** Correlation ids by the async context of what is being handled; the id reaches every log line of it. */
export const createCorrelationContext = (): CorrelationContext & { readonly current: () => string | undefined } => {
  const storage = new AsyncLocalStorage<string>()
  return {
    run: (correlationId, work) => storage.run(correlationId, work),
    current: () => storage.getStore(),
  }
}

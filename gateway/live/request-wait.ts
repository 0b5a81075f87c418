import type { Later } from './coalescer.ts'
import type { Hub } from './hub.ts'

/**
 * Waits until a request stands in its batch's status: a client that was answered 202 so reads what became of it, and not
 * the state before. Bounded, since a refused or lost request must not hang its client.
 */
export const createRequestWait =
  ({ hub, later }: { readonly hub: Pick<Hub, 'watch'>; readonly later: Later }) =>
  async (batchId: string, correlationId: string, limitMs: number): Promise<void> => {
    const over = Promise.withResolvers<void>()
    const end = hub.watch(batchId, {
      snapshot({ requests }) {
        if (requests.includes(correlationId)) over.resolve()
      },
      hold() {},
      live() {},
      unknown() {},
    })
    const cancel = later(limitMs, over.resolve)
    await over.promise
    cancel()
    end()
  }

import { join } from 'node:path'
import type { Order, Report } from './orders.ts'

/** The readers' process, as the figure talks to it. */
export const startReaders = () => {
  let heard: ((report: Report) => void) | undefined
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'clients.ts')], {
    stdio: ['ignore', 'inherit', 'inherit'],
    ipc: (report: Report) => heard?.(report),
  })
  /** One order at a time; resolves with what is answered. */
  const tell = async <Type extends Report['type']>(order: Order, type: Type): Promise<Report & { type: Type }> => {
    const answered = Promise.withResolvers<Report>()
    heard = answered.resolve
    child.send(order)
    const died = child.exited.then((code) => {
      throw new Error(`the readers ended with ${code}`)
    })
    const report = await Promise.race([answered.promise, died])
    if (!isOf(report, type)) throw new Error(`answered ${report.type}, not ${type}`)
    return report
  }
  return {
    tell,
    async stop(): Promise<void> {
      child.kill()
      await child.exited
    },
  }
}
export type Readers = ReturnType<typeof startReaders>

const isOf = <Type extends Report['type']>(report: Report, type: Type): report is Report & { type: Type } =>
  report.type === type

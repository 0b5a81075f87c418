import { describe } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEmbeddedLog } from '../../../shared/log/embedded/log.ts'
import type { EventLog } from '../../../shared/log/port.ts'
import { silent } from '../../support/silent.ts'
import { logContract } from './contract.ts'

describe('the embedded log', () => {
  logContract(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'baton-log-'))
    let log: EventLog | undefined
    return {
      // One process has the file: all members and clients share its log.
      async open() {
        log ??= createEmbeddedLog({ path: join(folder, 'log.db'), logger: silent })
        return log
      },
      async crash(doomed) {
        await doomed.close()
        log = undefined
      },
      async dispose() {
        await log?.close()
        await rm(folder, { recursive: true })
      },
    }
  })
})

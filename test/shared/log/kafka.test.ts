import { setDefaultTimeout } from 'bun:test'
import { createKafkaLog } from '../../../shared/log/kafka/log.ts'
import type { EventLog } from '../../../shared/log/port.ts'
import { describeKafka, uniquePrefix } from '../../support/engines.ts'
import { silent } from '../../support/silent.ts'
import { logContract } from './contract.ts'

// Some wait three times for a group, each of which may take what the contract allows for one thing.
setDefaultTimeout(90_000)

describeKafka('the log on Kafka', (brokers) => {
  logContract(async () => {
    const prefix = uniquePrefix()
    const logs = new Set<EventLog>()
    return {
      async open() {
        const log = createKafkaLog({
          brokers,
          clientId: `${prefix}test`,
          prefix,
          logger: silent,
          sessionTimeoutMs: 6_000,
        })
        logs.add(log)
        return log
      },
      async crash(doomed) {
        logs.delete(doomed)
        await doomed.close()
      },
      async dispose() {
        await Promise.all([...logs].map((log) => log.close()))
      },
    }
  })
})

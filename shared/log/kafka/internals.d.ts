/**
 * What of kafkajs's inside `access.ts` needs, and kafkajs has no types for: its public calls cannot ask a broker what we may
 * do. The version is pinned; a test on a real Kafka breaks where this no longer fits.
 */

declare module 'kafkajs/src/broker/index.js' {
  import type { Logger } from 'kafkajs'
  import type ConnectionPool from 'kafkajs/src/network/connectionPool.js'
  import type { Reader, Request } from 'kafkajs/src/protocol/decoder.js'

  export default class Broker {
    constructor(options: { readonly connectionPool: ConnectionPool; readonly logger: Logger })
    readonly connectionPool: {
      send<Answer>(protocol: { readonly request: Request; readonly response: Reader<Answer> }): Promise<Answer>
    }
    /** By the number of the call. */
    readonly versions: Readonly<Record<string, { readonly maxVersion: number }>>
    connect(): Promise<void>
    disconnect(): Promise<void>
    findGroupCoordinator(group: { readonly groupId: string; readonly coordinatorType: 0 }): Promise<{
      readonly coordinator: { readonly host: string; readonly port: number }
    }>
  }
}

declare module 'kafkajs/src/network/connectionPool.js' {
  import type { KafkaConfig, Logger } from 'kafkajs'

  export default class ConnectionPool {
    constructor(
      options: Pick<KafkaConfig, 'clientId' | 'ssl' | 'sasl'> & {
        readonly host: string
        readonly port: number
        readonly logger: Logger
        readonly socketFactory: unknown
        readonly connectionTimeout: number
        readonly requestTimeout: number
      },
    )
  }
}

declare module 'kafkajs/src/network/socketFactory.js' {
  export default function createSocketFactory(): unknown
}

declare module 'kafkajs/src/protocol/encoder.js' {
  export default class Encoder {
    writeBoolean(value: boolean): this
    writeArray(values: readonly string[]): this
  }
}

declare module 'kafkajs/src/protocol/decoder.js' {
  import type Encoder from 'kafkajs/src/protocol/encoder.js'

  export default class Decoder {
    constructor(bytes: Buffer)
    readInt16(): number
    readInt32(): number
    readString(): string | null
    readBoolean(): boolean
    readBytes(): Buffer | null
    readArray<Item>(read: (decoder: Decoder) => Item): Item[]
  }
  export interface Request {
    readonly apiKey: number
    readonly apiVersion: number
    readonly apiName: string
    encode(): Promise<Encoder>
  }
  export interface Reader<Answer> {
    decode(bytes: Buffer): Promise<Answer>
    parse(answer: Answer): Promise<Answer>
  }
}

/** What the figure tells the process of its readers. */
export type Order =
  | {
      readonly type: 'open'
      readonly host: string
      readonly port: number
      /** `{n}` is the reader's number. */
      readonly path: string
      readonly authorization: string
      readonly count: number
    }
  /** Latencies count from this id on. */
  | { readonly type: 'measure'; readonly from: number }
  | { readonly type: 'report' }

export type Report =
  | { readonly type: 'opened' }
  | { readonly type: 'measuring' }
  | {
      readonly type: 'report'
      /** Readers whose connection is gone. */
      readonly closed: number
      readonly received: number
      /** Milliseconds from id to receipt. */
      readonly p50: number | undefined
      readonly p99: number | undefined
      /** The last id of each reader. */
      readonly last: readonly number[]
    }

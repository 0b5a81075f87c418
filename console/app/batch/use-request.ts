import { useState } from 'react'
import type { BatchSnapshot, PipelineRequest, RequestEntry } from '../../client/types.ts'
import { useBaton } from '../../hooks/baton-provider.tsx'

const UNDECIDED: readonly string[] = ['waiting_for_content', 'planning']

export interface Requesting {
  /** Sends the request; resolves with whether it was taken. */
  readonly send: (body: PipelineRequest) => Promise<boolean>
  /** From the press until the verdict stands in the batch's status. */
  readonly isPending: boolean
  readonly error: unknown
  /** What became of it, once that is known. */
  readonly request: RequestEntry | undefined
}

/** A request for a pipeline, from the press of the button to the orchestrator's verdict. */
export const useRequest = ({ details }: Pick<BatchSnapshot, 'details'>): Requesting => {
  const baton = useBaton()
  const [isSending, setSending] = useState(false)
  const [error, setError] = useState<unknown>()
  const [asked, setAsked] = useState<string>()
  const request = details.requests.find(({ correlation_id }) => correlation_id === asked)
  const isUndecided = asked !== undefined && (request === undefined || UNDECIDED.includes(request.verdict))

  const send = async (body: PipelineRequest): Promise<boolean> => {
    setSending(true)
    setError(undefined)
    try {
      setAsked((await baton.requestPipeline(details.batch_id, body)).correlation_id)
      return true
    } catch (thrown) {
      setError(thrown)
      return false
    } finally {
      setSending(false)
    }
  }
  return { send, isPending: isSending || isUndecided, error, request }
}

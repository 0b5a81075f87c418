import { useState } from 'react'
import type { BatchSnapshot, Pipeline } from '../../client/types.ts'
import { useBaton } from '../../hooks/baton-provider.tsx'
import { useAnswer } from '../../hooks/use-answer.ts'
import { Button } from '../ui/button.tsx'
import { Choices, Field } from '../ui/field.tsx'
import { Loading } from '../ui/loading.tsx'
import { ErrorNotice, Notice } from '../ui/notice.tsx'
import { nameOf } from '../ui/words.ts'

const UNDECIDED: readonly string[] = ['waiting_for_content', 'planning']

/** Asks for a pipeline: choose, see what it would do and why, start. */
export const StartPanel = ({ details }: Pick<BatchSnapshot, 'details'>) => {
  const baton = useBaton()
  const { answer: pipelines, error, again } = useAnswer('pipelines', baton.pipelines)
  if (error !== undefined && !pipelines)
    return <ErrorNotice error={error} what="The pipelines are not known" onRetry={again} />
  if (!pipelines) return <Loading what="The list of pipelines" heights={[64, 64, 64, 64, 40]} />
  return <StartForm details={details} pipelines={pipelines} />
}

interface FormProps extends Pick<BatchSnapshot, 'details'> {
  readonly pipelines: readonly Pipeline[]
}

const StartForm = ({ details, pipelines }: FormProps) => {
  const baton = useBaton()
  const [name, setName] = useState(pipelines[0]?.name ?? '')
  const [assignment, setAssignment] = useState('')
  const [isPending, setPending] = useState(false)
  const [error, setError] = useState<unknown>()
  const [asked, setAsked] = useState<string>()

  const chosen = pipelines.find((pipeline) => pipeline.name === name)
  const needsPrompt = chosen?.phases.some(({ needs_prompt }) => needs_prompt) ?? false
  const mine = details.requests.find(({ correlation_id }) => correlation_id === asked)
  const isUndecided = asked !== undefined && (mine === undefined || UNDECIDED.includes(mine.verdict))
  const isActive = details.run?.status === 'processing'

  const start = async () => {
    setPending(true)
    setError(undefined)
    try {
      const prompt = needsPrompt && assignment.trim() ? { prompt_payload: { assignment_id: assignment.trim() } } : {}
      const { correlation_id } = await baton.requestPipeline(details.batch_id, { requested_pipeline: name, ...prompt })
      setAsked(correlation_id)
    } catch (thrown) {
      setError(thrown)
    } finally {
      setPending(false)
    }
  }

  return (
    <div className="stack">
      <Choices
        label="Pipeline"
        value={name}
        onChange={setName}
        choices={pipelines.map(({ name, description }) => ({ value: name, label: nameOf(name), hint: description }))}
      />
      {needsPrompt && (
        <Field
          label="Assignment"
          value={assignment}
          onChange={setAssignment}
          hint="The id of the assignment that the essays answer"
        />
      )}
      {error !== undefined && <ErrorNotice error={error} what="The pipeline was not started" />}
      {mine?.verdict === 'refused' && (
        <Notice tone="bad" title="The request was refused">
          <p>{mine.detail}</p>
        </Notice>
      )}
      <Button size="wide" icon="play" isPending={isPending || isUndecided} isDisabled={isActive} onPress={start}>
        {isActive ? 'A run is active' : isUndecided ? 'Waiting for the plan' : 'Start'}
      </Button>
    </div>
  )
}

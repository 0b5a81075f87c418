import { useState } from 'react'
import type { BatchSnapshot, Pipeline, Plan } from '../../client/types.ts'
import { useBaton } from '../../hooks/baton-provider.tsx'
import { type Asked, useAnswer } from '../../hooks/use-answer.ts'
import { usePlan } from '../../hooks/use-plan.ts'
import { Button } from '../ui/button.tsx'
import { Choices, Field } from '../ui/field.tsx'
import { Loading } from '../ui/loading.tsx'
import { ErrorNotice, Notice } from '../ui/notice.tsx'
import { nameOf } from '../ui/words.ts'
import { PlanList } from './plan-view.tsx'
import { useAssignment } from './use-assignment.ts'
import { useRequest } from './use-request.ts'

/** Asks for a pipeline: choose, see what it would do and why, start. */
export const StartPanel = ({ details }: Pick<BatchSnapshot, 'details'>) => {
  const baton = useBaton()
  const { answer: pipelines, error, again } = useAnswer('pipelines', baton.pipelines)
  if (error !== undefined && !pipelines)
    return <ErrorNotice error={error} what="The pipelines are not known" onRetry={again} />
  if (!pipelines) return <Loading what="The list of pipelines" heights={[96, 80, 96, 64, 120, 40]} />
  return <StartForm details={details} pipelines={pipelines} />
}

interface FormProps extends Pick<BatchSnapshot, 'details'> {
  readonly pipelines: readonly Pipeline[]
}

const StartForm = ({ details, pipelines }: FormProps) => {
  const [name, setName] = useState(pipelines[0]?.name ?? '')
  const [assignment, setAssignment] = useAssignment(details.batch_id)
  const { send, isPending, error, request } = useRequest({ details })
  const chosen = pipelines.find((pipeline) => pipeline.name === name)
  const needsPrompt = chosen?.phases.some(({ needs_prompt }) => needs_prompt) ?? false
  const isActive = details.run?.status === 'processing'
  const prompt = needsPrompt && assignment.trim() ? { prompt_payload: { assignment_id: assignment.trim() } } : {}
  const plan = usePlan(details.batch_id, isActive ? undefined : name, prompt)
  const isIdle = plan.answer?.phases.every(({ decision }) => decision === 'skip') ?? false

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
      {/* Nothing that comes by itself stands above it: a button that moves under a press loses the press. */}
      <Button
        size="wide"
        icon="play"
        isPending={isPending}
        isDisabled={isActive || isIdle}
        onPress={() => void send({ requested_pipeline: name, ...prompt })}
      >
        {isActive ? 'A run is active' : isPending ? 'Waiting for the plan' : isIdle ? 'Nothing to run' : 'Start'}
      </Button>
      {error !== undefined && <ErrorNotice error={error} what="The pipeline was not started" />}
      {request?.verdict === 'refused' && (
        <Notice tone="bad" title="The request was refused">
          <p>{request.detail}</p>
        </Notice>
      )}
      {!isActive && <Preview plan={plan} phases={chosen?.phases.length ?? 0} />}
    </div>
  )
}

interface PreviewProps {
  readonly plan: Asked<Plan>
  readonly phases: number
}

/** The plan, in a place that is as high before it is there. */
const Preview = ({ plan: { answer, error, again }, phases }: PreviewProps) => {
  if (answer) return <PlanList phases={answer.phases.map((phase) => ({ ...phase, essays: phase.essay_count }))} />
  if (error !== undefined) return <ErrorNotice error={error} what="There is no preview now" onRetry={again} />
  return <Loading what="The plan" heights={[phases * 68]} />
}

import { useState } from 'react'
import type { LetterGroup } from '../../client/types.ts'
import { useBaton } from '../../hooks/baton-provider.tsx'
import { useAnswer } from '../../hooks/use-answer.ts'
import { Button } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import { Loading } from '../ui/loading.tsx'
import { ErrorNotice } from '../ui/notice.tsx'
import { Ago } from '../ui/time.tsx'
import { useRepeated } from '../ui/use-repeated.ts'
import { LettersDialog } from './letters-dialog.tsx'

/** What could not be handled, by what it died of: the largest group first. */
export const DeadLetters = () => {
  const { operations } = useBaton()
  const { answer, error, again } = useAnswer('letters', operations.letterGroups)
  const [opened, setOpened] = useState<LetterGroup>()
  useRepeated(10_000, again)
  return (
    <section className="card card-flush" aria-labelledby="letters">
      <div className="card-head">
        <h2 id="letters">Dead letters</h2>
      </div>
      {error !== undefined && <ErrorNotice error={error} what="Dead letters are not known now" onRetry={again} />}
      {answer ? (
        <Groups groups={answer.groups} onOpen={setOpened} />
      ) : (
        error === undefined && (
          <div className="pad">
            <Loading what="The list of dead letters" heights={[40]} />
          </div>
        )
      )}
      {opened && (
        <LettersDialog
          group={opened}
          onClose={() => {
            setOpened(undefined)
            again()
          }}
        />
      )}
    </section>
  )
}

interface GroupsProps {
  readonly groups: readonly LetterGroup[]
  readonly onOpen: (group: LetterGroup) => void
}

const Groups = ({ groups, onOpen }: GroupsProps) => {
  if (groups.length === 0)
    return (
      <p className="pad soft row">
        <Icon name="check" /> Every message was handled.
      </p>
    )
  return (
    <table className="cards table-tight">
      <thead>
        <tr>
          <th scope="col">Cause</th>
          <th scope="col">Topic</th>
          <th scope="col">Open</th>
          <th scope="col">Last</th>
          <th scope="col">
            <span className="hidden-text">What to do</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {groups.map((group) => (
          <tr key={`${group.topic} ${group.cause}`}>
            <th scope="row" className="break">
              {group.cause}
              <p className="small faint break">{group.example}</p>
            </th>
            <td data-label="Topic" className="small break">
              {group.topic}
            </td>
            <td data-label="Open">
              {group.open.toLocaleString()} <span className="faint small">of {group.count.toLocaleString()}</span>
            </td>
            <td data-label="Last">
              <Ago at={group.last_at} />
            </td>
            <td data-label="">
              <Button look="quiet" size="small" onPress={() => onOpen(group)}>
                Look into it
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

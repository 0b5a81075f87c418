import { useState } from 'react'
import { FileTrigger } from 'react-aria-components'
import type { UploadProgress } from '../../client/upload.ts'
import { useBaton } from '../../hooks/baton-provider.tsx'
import { Bar } from '../ui/bar.tsx'
import { Button } from '../ui/button.tsx'
import { ErrorNotice, Notice } from '../ui/notice.tsx'
import { useAction } from '../ui/use-action.ts'
import { count } from '../ui/words.ts'

const NOTHING: UploadProgress = { stored: 0, refused: [] }

/** Uploads the essays' files, says how far it is, and why files were refused. */
export const UploadPanel = ({ batchId }: { readonly batchId: string }) => {
  const baton = useBaton()
  const [total, setTotal] = useState(0)
  const [progress, setProgress] = useState(NOTHING)
  const upload = useAction((files: readonly File[]) => baton.upload(batchId, files, setProgress))
  const start = (chosen: FileList | null) => {
    const files = [...(chosen ?? [])]
    if (files.length === 0) return
    setTotal(files.length)
    setProgress(NOTHING)
    void upload.run(files)
  }
  return (
    <div className="stack">
      <p className="small soft">
        The file anna.docx is the essay anna. Files with other names go to the essays in order.
      </p>
      <FileTrigger allowsMultiple onSelect={start}>
        <Button look="quiet" icon="plus" isPending={upload.isPending}>
          Upload files
        </Button>
      </FileTrigger>
      {total > 0 && <Bar label="Upload" total={total} succeeded={progress.stored} failed={progress.refused.length} />}
      {total > 0 && !upload.isPending && upload.error === undefined && (
        <Outcome total={total} refused={progress.refused} />
      )}
      {upload.error !== undefined && (
        <ErrorNotice error={upload.error} what={`${progress.stored} of ${count(total, 'file')} stored, not the rest`} />
      )}
    </div>
  )
}

interface OutcomeProps {
  readonly total: number
  readonly refused: readonly string[]
}

const Outcome = ({ total, refused }: OutcomeProps) => {
  if (refused.length === 0) return <Notice tone="good" title={`${count(total, 'file')} stored`} />
  return (
    <Notice tone="bad" title={`${refused.length} of ${count(total, 'file')} refused`}>
      <ul className="small break">
        {[...new Set(refused)].map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </Notice>
  )
}

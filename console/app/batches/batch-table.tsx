import type { BatchSummary } from '../../client/types.ts'
import { Bar } from '../ui/bar.tsx'
import { Chip } from '../ui/chip.tsx'
import { Ago } from '../ui/time.tsx'
import { nameOf } from '../ui/words.ts'

/** On a narrow screen each row is a card: the cells say what they are by `data-label`. */
export const BatchTable = ({ batches }: { readonly batches: readonly BatchSummary[] }) => (
  <div className="card card-flush">
    <table className="cards">
      <caption className="hidden-text">Batches, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Batch</th>
          <th scope="col">Status</th>
          <th scope="col">Pipeline</th>
          <th scope="col">Essays through</th>
          <th scope="col">Registered</th>
        </tr>
      </thead>
      <tbody>
        {batches.map((batch) => (
          <Row key={batch.batch_id} batch={batch} />
        ))}
      </tbody>
    </table>
  </div>
)

const Row = ({ batch }: { readonly batch: BatchSummary }) => {
  const { batch_id, essay_count, completed_essay_count: through, failed_essay_count: failed } = batch
  return (
    <tr>
      <th scope="row">
        <a href={`#/batches/${encodeURIComponent(batch_id)}`} className="mono">
          {batch_id.length > 18 ? `${batch_id.slice(0, 8)}…` : batch_id}
        </a>
      </th>
      <td data-label="Status">
        <Chip status={batch.overall_status} />
      </td>
      <td data-label="Pipeline">{batch.requested_pipeline ? nameOf(batch.requested_pipeline) : '–'}</td>
      <td data-label="Essays through">
        <div className="through">
          <Bar label={`Batch ${batch_id}`} total={essay_count} succeeded={through} failed={failed} />
          <span className="small soft nowrap">
            {through.toLocaleString()} of {essay_count.toLocaleString()}
            {failed > 0 && (
              <>
                , <span className="fail-count">{failed.toLocaleString()} failed</span>
              </>
            )}
          </span>
        </div>
      </td>
      <td data-label="Registered" className="soft">
        {batch.created_at ? <Ago at={batch.created_at} /> : 'just now'}
      </td>
    </tr>
  )
}

import { useState } from 'react'

/** The assignment that was last given for a batch, so that nobody types it again for a retry. */
export const useAssignment = (batchId: string): [string, (assignment: string) => void] => {
  const key = `baton-assignment ${batchId}`
  const [assignment, setAssignment] = useState(() => sessionStorage.getItem(key) ?? '')
  return [
    assignment,
    (next) => {
      sessionStorage.setItem(key, next)
      setAssignment(next)
    },
  ]
}

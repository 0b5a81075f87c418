import { sleep } from '../../retry.ts'
import type { Tables } from './open.ts'

/** Milliseconds until an archive that does not answer counts as away; less than a check of readiness may take. */
const CHECK_MS = 1_000

/** What is wrong with an archive, for readiness. It is caught up by itself, so its absence is no reason not to be ready. */
export const checkArchive = async (archive: Pick<Tables, 'ping'>): Promise<readonly string[]> => {
  const late = sleep(CHECK_MS).then(() => ['the archive does not answer; it is caught up later'])
  const answer = archive.ping().then(
    () => [],
    () => ['the archive is away; it is caught up later'],
  )
  return Promise.race([late, answer])
}

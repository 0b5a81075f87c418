import { SQL } from 'bun'
import { asError } from '../../shared/errors.ts'
import { MAX_SKEW_MS } from './clock.ts'
import { error, type Finding } from './finding.ts'

/** What a Postgres says of itself. */
export interface DatabaseFacts {
  /** As Postgres numbers them: 150004 is 15.4. */
  readonly version: number
  /** Whether our user may make tables where it would. */
  readonly mayCreate: boolean
  /** Milliseconds since 1970. */
  readonly clockMs: number
}

const OLDEST = 13

/** What of a Postgres does not fit an archive. `now` is this machine's clock, milliseconds since 1970. */
export const checkDatabase = ({ version, mayCreate, clockMs }: DatabaseFacts, now: number): readonly Finding[] => {
  const findings: Finding[] = []
  const major = Math.floor(version / 10_000)
  if (major < OLDEST)
    findings.push(
      error('database.version', `Postgres ${major} is older than ${OLDEST}`, 'run a Postgres that is still maintained'),
    )
  if (!mayCreate)
    findings.push(
      error(
        'database.acl',
        'our user may not make tables: the archive cannot be brought up to date',
        'GRANT CREATE ON SCHEMA public TO that user, or name another in DATABASE_URL',
      ),
    )
  if (Math.abs(clockMs - now) > MAX_SKEW_MS)
    findings.push(
      error(
        'clock',
        `the clock of Postgres and this one are ${Math.round(Math.abs(clockMs - now) / 1_000)} s apart`,
        'keep both by NTP',
      ),
    )
  return findings
}

/** Looks at the archive's database and changes nothing. */
export const examineDatabase = async (url: string): Promise<readonly Finding[]> => {
  const sql = new SQL(url, { max: 1, connectionTimeout: 3 })
  try {
    const [row] = await sql`
      SELECT current_setting('server_version_num')::int AS version,
        coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create,
        (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS clock_ms`
    const facts = { version: Number(row.version), mayCreate: Boolean(row.may_create), clockMs: Number(row.clock_ms) }
    return checkDatabase(facts, Date.now())
  } catch (thrown) {
    return [error('database.reachable', `Postgres cannot be used: ${asError(thrown).message}`, 'see DATABASE_URL')]
  } finally {
    await sql.close()
  }
}

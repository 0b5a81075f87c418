import { asError, PassingError } from '../../errors.ts'

/** Replies of a Redis that is starting, failing over, resharding, full or lets us in no longer: the same call works once that is over. */
const PASSING_REPLIES =
  /^(LOADING|READONLY|MOVED|ASK|CLUSTERDOWN|TRYAGAIN|MASTERDOWN|BUSY|NOREPLICAS|MISCONF|OOM|UNBLOCKED|NOAUTH|WRONGPASS|NOPERM)\b/

/** What ioredis (all of its messages were read) and the socket say when the connection or the Cluster's layout is the trouble. */
const PASSING_CONNECTION = new RegExp(
  [
    'ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|Socket closed|Socket timeout',
    'Connection is (closed|aborted|discarded)|Command aborted due to connection close|Command timed out',
    "max retries per request|Stream isn't writeable|Cluster isn't ready|Cluster is (ended|disconnecting|disconnected)",
    'Failed to refresh slots|None of startup nodes|Too many Cluster redirections|ClusterAllFailedError',
    'Node is disconnected|No master node is available|same slots allocation group',
  ].join('|'),
  'i',
)

/**
 * The failure as its type (invariant 7): a `PassingError` for the closed lists above, otherwise the error itself, which
 * then is a bug of ours or of a script.
 */
export const redisFailure = (thrown: unknown): Error => {
  const error = asError(thrown)
  const passing = PASSING_REPLIES.test(error.message) || PASSING_CONNECTION.test(`${error.name} ${error.message}`)
  return passing ? new PassingError('redis', error.message, { cause: error }) : error
}

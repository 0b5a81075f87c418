import { expect, test } from 'bun:test'
import { PassingError } from '../../../../shared/errors.ts'
import { redisFailure } from '../../../../shared/store/redis/failures.ts'

test.each([
  'LOADING Redis is loading the dataset in memory',
  "READONLY You can't write against a read only replica.",
  'MOVED 3999 127.0.0.1:6381',
  'ASK 3999 127.0.0.1:6381',
  'CLUSTERDOWN Hash slot not served',
  'TRYAGAIN Multiple keys request during rehashing of slot',
  'MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to "no".',
  'NOREPLICAS Not enough good replicas to write.',
  "OOM command not allowed when used memory > 'maxmemory'.",
  'BUSY Redis is busy running a script.',
  'NOAUTH Authentication required.',
  'WRONGPASS invalid username-password pair or user is disabled.',
  "NOPERM User baton has no permissions to run the 'evalsha' command",
  'connect ECONNREFUSED 127.0.0.1:6379',
  'Connection is closed.',
  'Command timed out',
  'Reached the max retries per request limit (which is 3).',
  'Too many Cluster redirections. Last error: Error: Connection is closed.',
  'Failed to refresh slots cache.',
  'Command aborted due to connection close',
  'Connection is aborted',
  'Node is disconnected',
  'No master node is available for the pipeline',
  'Cluster is disconnecting.',
  'All keys in the pipeline should belong to the same slots allocation group',
])('"%s" passes', (message) => {
  const failure = redisFailure(new Error(message))
  expect(failure).toBeInstanceOf(PassingError)
  expect(failure).toMatchObject({ source: 'redis', message })
})

test.each([
  'ERR user_script:12: attempt to index a nil value',
  'WRONGTYPE Operation against a key holding the wrong kind of value',
  "CROSSSLOT Keys in request don't hash to the same slot",
  'the essay READONLY is not known',
])('"%s" is a bug, and stays what it is', (message) => {
  const thrown = new Error(message)
  expect(redisFailure(thrown)).toBe(thrown)
})

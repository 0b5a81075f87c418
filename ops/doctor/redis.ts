import type { RedisFacts } from '../../shared/store/redis/inspect.ts'
import { MAX_SKEW_MS } from './clock.ts'
import { error, type Finding, some, warning } from './finding.ts'

const FULL = 0.85

/** What of a Redis does not fit a home for state. `now` is this machine's clock, milliseconds since 1970. */
export const checkRedis = ({ info, clockMs, dangerous, forbidden }: RedisFacts, now: number): readonly Finding[] => {
  const findings: Finding[] = []
  const is = (name: string, value: string) => info.get(name) === value

  if (Number.parseInt(info.get('redis_version') ?? '0', 10) < 7)
    findings.push(
      error('redis.version', `Redis ${info.get('redis_version')} is too old for our scripts`, 'run Redis 7 or newer'),
    )
  const policy = info.get('maxmemory_policy')
  if (policy !== undefined && policy !== 'noeviction')
    findings.push(
      error('redis.eviction', `maxmemory-policy is ${policy}: state may vanish`, 'set maxmemory-policy to noeviction'),
    )
  if (is('aof_enabled', '0'))
    findings.push(
      warning(
        'redis.persistence',
        'appendonly is off: a restart loses the state, and rebuilding it takes time',
        'set appendonly to yes',
      ),
    )
  if (is('aof_last_write_status', 'err') || is('rdb_last_bgsave_status', 'err'))
    findings.push(
      error('redis.disk', 'Redis could not write its last save to disk', 'see its log; most often the disk is full'),
    )
  const [used, limit] = [Number(info.get('used_memory')), Number(info.get('maxmemory'))]
  if (limit > 0 && used > FULL * limit)
    findings.push(
      error(
        'redis.memory',
        `memory is ${Math.round((100 * used) / limit)} % full: writes will be refused`,
        'raise maxmemory, add shards, or lower STATE_EXPIRY_DAYS',
      ),
    )
  if (limit === 0)
    findings.push(
      warning(
        'redis.maxmemory',
        'there is no limit of memory: the kernel may kill Redis',
        'set maxmemory below what the machine has',
      ),
    )
  if (is('role', 'slave'))
    findings.push(error('redis.role', 'this is a replica: it cannot be written', 'name the primary in REDIS_URL'))
  if (is('cluster_enabled', '1') && !is('cluster_state', 'ok') && info.has('cluster_state'))
    findings.push(error('redis.cluster', 'the Cluster does not serve all slots', 'redis-cli --cluster check'))
  if (dangerous.length > 0)
    findings.push(
      warning(
        'redis.acl',
        `the services' user may do what no service needs: ${dangerous.join(', ')}`,
        'give it a user of its own: deploy/redis/start.sh has the rules',
      ),
    )
  if (forbidden.length > 0) findings.push(forbiddenInRedis(`our user may not: ${some(forbidden)}`))
  const skew = Math.abs(clockMs - now)
  if (skew > MAX_SKEW_MS)
    findings.push(
      error(
        'clock',
        `the clock of Redis and this one are ${Math.round(skew / 1_000)} s apart`,
        'keep both by NTP: revisions and time limits are told by these clocks',
      ),
    )
  return findings
}

/** Our user may not do what services need. */
export const forbiddenInRedis = (problem: string): Finding =>
  error('redis.acl_needed', problem, 'grant it: deploy/redis/start.sh has all that services need')

import type { KafkaFacts } from '../../shared/log/kafka/inspect.ts'
import type { TopicSpec } from '../../shared/log/port.ts'
import { error, type Finding, some, warning } from './finding.ts'

const FIX_AT_START = 'start a service: it creates topics and widens them, if it may'

/** What of a Kafka does not fit what the services need of it. */
export const checkKafka = (facts: KafkaFacts, specs: readonly TopicSpec[]): readonly Finding[] => [
  ...checkTopics(facts, specs),
  ...checkCopies(facts, specs),
  ...checkBrokers(facts, specs),
]

const checkTopics = ({ topics }: KafkaFacts, specs: readonly TopicSpec[]): readonly Finding[] => {
  const findings: Finding[] = []
  const add = (check: string, wrong: readonly TopicSpec[], problem: (names: string) => string, fix: string) => {
    if (wrong.length > 0) findings.push(error(check, problem(some(wrong.map(({ name }) => name))), fix))
  }
  const there = specs.filter(({ name }) => topics.has(name))
  const setting = ({ name }: TopicSpec, key: string) => topics.get(name)?.settings.get(key)
  const less = (value: string | undefined, wanted: number) =>
    value !== undefined && Number(value) !== -1 && Number(value) < wanted

  add(
    'kafka.topics',
    specs.filter(({ name }) => !topics.has(name)),
    (names) => `not there: ${names}`,
    FIX_AT_START,
  )
  add(
    'kafka.partitions',
    there.filter((spec) => (topics.get(spec.name)?.partitions ?? 0) < spec.partitions),
    (names) => `fewer partitions than TOPIC_PARTITIONS: ${names}`,
    FIX_AT_START,
  )
  add(
    'kafka.partitions_beyond',
    there.filter((spec) => !spec.name.endsWith('.DLQ') && (topics.get(spec.name)?.partitions ?? 0) > spec.partitions),
    (names) =>
      `more partitions than TOPIC_PARTITIONS, so batches of different topics may go to different consumers: ${names}`,
    'raise TOPIC_PARTITIONS to the largest number of partitions',
  )
  add(
    'kafka.retention',
    there.filter((spec) => !spec.compacted && less(setting(spec, 'retention.ms'), spec.retentionMs)),
    (names) => `records go before the state that is rebuilt from them expires: ${names}`,
    'set retention.ms to STATE_EXPIRY_DAYS plus seven days, or lower STATE_EXPIRY_DAYS',
  )
  add(
    'kafka.retention_bytes',
    there.filter((spec) => !spec.compacted && Number(setting(spec, 'retention.bytes') ?? -1) !== -1),
    (names) => `records go when a size is reached, whatever their age: ${names}`,
    'set retention.bytes to -1',
  )
  add(
    'kafka.message_size',
    there.filter((spec) => less(setting(spec, 'max.message.bytes'), spec.maxMessageBytes)),
    (names) => `a command for MAX_BATCH_ESSAYS essays does not fit: ${names}`,
    'raise max.message.bytes, or lower MAX_BATCH_ESSAYS',
  )
  add(
    'kafka.compaction',
    there.filter((spec) => {
      const policy = setting(spec, 'cleanup.policy')
      return policy !== undefined && policy.includes('compact') !== (spec.compacted ?? false)
    }),
    (names) => `compacted and should not be, or should be and is not: ${names}`,
    'set cleanup.policy: compact for run books and pauses of phases, delete for everything else',
  )
  return findings
}

const checkCopies = ({ brokers, topics }: KafkaFacts, specs: readonly TopicSpec[]): readonly Finding[] => {
  const ours = specs.flatMap(({ name }) => {
    const facts = topics.get(name)
    return facts ? [{ name, ...facts }] : []
  })
  const findings: Finding[] = []
  const names = (list: typeof ours) => some(list.map(({ name }) => name))
  const single = ours.filter(({ copies }) => copies < Math.min(3, brokers))
  if (single.length > 0)
    findings.push(
      error(
        'kafka.copies',
        `fewer copies than ${Math.min(3, brokers)}: ${names(single)}`,
        'reassign them to more brokers',
      ),
    )
  const behind = ours.filter(({ copies, inSync }) => inSync < copies)
  if (behind.length > 0)
    findings.push(warning('kafka.in_sync', `copies are not in step: ${names(behind)}`, 'see which broker is away'))
  const loose = ours.filter(({ copies, settings }) => copies >= 3 && Number(settings.get('min.insync.replicas')) < 2)
  if (loose.length > 0)
    findings.push(
      error(
        'kafka.min_insync',
        `one broker's loss can lose what was acknowledged: ${names(loose)}`,
        'set min.insync.replicas to 2',
      ),
    )
  const blocked = ours.filter(({ copies, settings }) => Number(settings.get('min.insync.replicas')) > copies)
  if (blocked.length > 0)
    findings.push(
      error(
        'kafka.unwritable',
        `nothing can be written, more copies must acknowledge than there are: ${names(blocked)}`,
        'lower min.insync.replicas or add copies',
      ),
    )
  return findings
}

const MINUTE_MS = 60_000

const checkBrokers = ({ brokers, settings }: KafkaFacts, specs: readonly TopicSpec[]): readonly Finding[] => {
  const findings: Finding[] = []
  if (brokers < 3)
    findings.push(
      warning(
        'kafka.brokers',
        `there are ${brokers} broker(s): one that goes away stops everything`,
        'run three brokers',
      ),
    )
  if (settings.get('auto.create.topics.enable') === 'true')
    findings.push(
      warning(
        'kafka.auto_create',
        'a mistyped topic is created instead of refused',
        'set auto.create.topics.enable to false',
      ),
    )
  if (settings.get('unclean.leader.election.enable') === 'true')
    findings.push(
      error(
        'kafka.unclean_election',
        'a copy that is behind may become the leader: acknowledged records are lost',
        'set unclean.leader.election.enable to false',
      ),
    )
  const longest = Math.max(0, ...specs.map(({ retentionMs }) => retentionMs))
  const offsets = settings.get('offsets.retention.minutes')
  if (offsets !== undefined && Number(offsets) * MINUTE_MS < longest)
    findings.push(
      warning(
        'kafka.offsets',
        'committed offsets go before the records do: a service that was away long begins anew',
        `set offsets.retention.minutes to ${Math.ceil(longest / MINUTE_MS)}`,
      ),
    )
  return findings
}

import { ARCHIVE_GROUP } from '../../conductor/archive/archiver.ts'
import { LETTER_TOPICS, LETTERS_GROUP } from '../../conductor/dead-letters/consumer.ts'
import { PROJECTED_TOPICS } from '../../conductor/projections/index.ts'
import { FACTS_GROUP } from '../../conductor/service.ts'
import { CONSUMED_TOPICS } from '../../orchestrator/consumers/index.ts'
import { RUNS_GROUP } from '../../orchestrator/service.ts'
import type { Access, KafkaAccess, Operation } from '../../shared/log/kafka/access.ts'
import type { TopicSpec } from '../../shared/log/port.ts'
import { error, type Finding, some, warning } from './finding.ts'

/** The groups that services consume as. */
export const GROUPS: readonly string[] = [FACTS_GROUP, LETTERS_GROUP, ARCHIVE_GROUP, RUNS_GROUP]
/** What they consume. Every topic is written by them: a dead letter that is redriven goes back to where it came from. */
const READ = new Set<string>([...PROJECTED_TOPICS, ...LETTER_TOPICS, ...CONSUMED_TOPICS])

/** A call that brokers know since 3.0 (DescribeTransactions): they say which calls they know, and not their version. */
const SINCE_3_0 = 65

const FIX = 'grant it: deploy/kafka/acls.sh has all that services need'

/** What of a Kafka's version and of our rights there keeps services from working. */
export const checkKafkaAccess = (access: KafkaAccess, specs: readonly TopicSpec[]): readonly Finding[] => {
  const { topics, groups, cluster, calls } = access
  const findings: Finding[] = []
  const without = (of: ReadonlyMap<string, Access>, operation: Operation, wanted: (name: string) => boolean) =>
    [...of].filter(([name, may]) => wanted(name) && !may.has(operation)).map(([name]) => name)
  const add = (check: string, names: readonly string[], problem: string) => {
    if (names.length > 0) findings.push(error(check, `${problem}: ${some(names)}`, FIX))
  }
  const seen = (name: string) => topics.get(name)?.has('describe') ?? false

  if (!calls.has(SINCE_3_0))
    findings.push(error('kafka.version', 'Kafka is older than 3.0, which we do not test', 'run Kafka 3.0 or newer'))
  add(
    'kafka.acl_describe',
    without(topics, 'describe', () => true),
    'our user may not know of these topics',
  )
  add('kafka.acl_write', without(topics, 'write', seen), 'our user may not write')
  add(
    'kafka.acl_read',
    without(topics, 'read', (name) => seen(name) && READ.has(name)),
    'our user may not read',
  )
  add(
    'kafka.acl_configs',
    without(topics, 'describe_configs', seen),
    'services wait at their start, as they may not see the settings of',
  )
  add(
    'kafka.acl_groups',
    without(groups, 'read', () => true),
    'our user may not consume as',
  )
  const missing = specs.filter(({ name }) => !topics.has(name))
  // It may be allowed for these names alone, which nobody can see before they are there.
  if (missing.length > 0 && !cluster.has('create'))
    findings.push(
      warning(
        'kafka.acl_create',
        `topics are missing, and our user may not create just any: ${some(missing.map(({ name }) => name))}`,
        FIX,
      ),
    )
  if (!cluster.has('describe_configs'))
    findings.push(
      warning(
        'kafka.acl_brokers',
        'the settings of the brokers were not looked at: our user may not see them',
        'run the doctor as an operator, with the KAFKA_SASL_USERNAME of one, too',
      ),
    )
  return findings
}

import type { z } from 'zod'
import { ConductorConfig } from '../../conductor/config.ts'
import { GatewayConfig } from '../../gateway/config.ts'
import { OrchestratorConfig } from '../../orchestrator/config.ts'
import { ConfigError, type Environment, isLoopback, parseEnvironment } from '../../shared/config.ts'
import { error, type Finding, warning } from './finding.ts'

export interface Configuration {
  readonly gateway: GatewayConfig
  readonly conductor: ConductorConfig
  readonly orchestrator: OrchestratorConfig
}

/** What keeps a service from starting, in its own words; and the configuration, where nothing does. */
export const readConfiguration = (
  environment: Environment,
): { readonly findings: readonly Finding[]; readonly configuration: Configuration | undefined } => {
  const problems = new Map<string, string[]>()
  const parse = <Schema extends z.ZodType>(name: string, schema: Schema): z.infer<Schema> | undefined => {
    try {
      return parseEnvironment(schema, environment)
    } catch (thrown) {
      if (!(thrown instanceof ConfigError)) throw thrown
      for (const line of thrown.message.split('\n').slice(1)) {
        const problem = line.trim()
        problems.set(problem, [...(problems.get(problem) ?? []), name])
      }
      return undefined
    }
  }
  const gateway = parse('gateway', GatewayConfig)
  const conductor = parse('conductor', ConductorConfig)
  const orchestrator = parse('orchestrator', OrchestratorConfig)
  const findings = [...problems].map(([problem, services]) =>
    error(
      'configuration',
      `${problem} (${services.join(', ')} cannot start)`,
      'see docs/configuration.md for the name',
    ),
  )
  return {
    findings,
    configuration: gateway && conductor && orchestrator ? { gateway, conductor, orchestrator } : undefined,
  }
}

const WEAK = /^(.)\1*$|change.?me|example|password|secret|test|1234/i

/** What services start with and should not, above all in production. */
export const checkConfiguration = ({ gateway, conductor }: Configuration): readonly Finding[] => {
  const findings: Finding[] = []
  const production = gateway.ENVIRONMENT === 'production'
  const keys = gateway.INTERNAL_API_KEY ?? []
  const secrets = { INTERNAL_API_KEY: keys, JWT_SECRET: gateway.JWT_SECRET ? [gateway.JWT_SECRET] : [] }
  for (const [name, values] of Object.entries(secrets))
    if (values.some((value) => WEAK.test(value)))
      findings.push(error('secrets.weak', `${name} can be guessed`, 'make one: openssl rand -hex 32'))
  if (gateway.JWT_SECRET !== undefined && keys.includes(gateway.JWT_SECRET))
    findings.push(
      error('secrets.same', 'JWT_SECRET and INTERNAL_API_KEY are the same', 'give each its own: openssl rand -hex 32'),
    )
  if (keys.length > 1)
    findings.push(
      warning(
        'secrets.rotation',
        'two internal keys are valid: a rotation is under way, or was never ended',
        'leave only the new key in INTERNAL_API_KEY once every service has it',
      ),
    )
  if (conductor.INTERNAL_AUTH === 'off')
    findings.push(
      error('internal_auth', 'anyone who reaches the internal ports may use them', 'set INTERNAL_AUTH=on and a key'),
    )
  if (conductor.DATABASE_URL === undefined)
    findings.push(
      warning(
        'archive',
        'there is no archive, so no state ever expires: Redis grows with every batch',
        'set DATABASE_URL for the conductor and the orchestrator',
      ),
    )
  if (gateway.AUTH_MODE === 'dev')
    findings.push(
      (production ? error : warning)('sign_in', 'anyone can sign in as anyone: AUTH_MODE is dev', 'set AUTH_MODE=jwt'),
    )
  const open = gateway.CORS_ORIGINS.filter((origin) => !isLoopback(new URL(origin).hostname))
  if (production && open.length === 0)
    findings.push(
      warning('cors', 'only pages of this machine may call the gateway', 'set CORS_ORIGINS to the console’s address'),
    )
  const plain = open.filter((origin) => origin.startsWith('http:'))
  if (plain.length > 0)
    findings.push(warning('cors', `${plain[0]} is not encrypted`, 'serve the page by https, and name it so'))
  if (production && gateway.LOG_LEVEL === 'debug')
    findings.push(warning('log_level', 'LOG_LEVEL is debug: slow, and it tells much', 'set LOG_LEVEL=info'))
  const limits = ['PIPELINES', 'STATUS', 'UPLOADS', 'DEFAULT'] as const
  const unlimited = limits.filter((name) => gateway[`RATE_LIMIT_${name}_PER_MINUTE`] === 0)
  if (production && unlimited.length > 0)
    findings.push(
      warning('limits', `there is no limit for ${unlimited.join(', ').toLowerCase()}`, 'set RATE_LIMIT_..._PER_MINUTE'),
    )
  for (const [name, url] of Object.entries({
    CONDUCTOR_URL: gateway.CONDUCTOR_URL,
    ORCHESTRATOR_URL: gateway.ORCHESTRATOR_URL,
  }))
    if (new URL(url).port === String(gateway.GATEWAY_PORT) && isLoopback(new URL(url).hostname))
      findings.push(error('addresses', `${name} is the gateway's own address`, 'name the port of that service'))
  return findings
}

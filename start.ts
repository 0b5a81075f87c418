import { join } from 'node:path'
import { EmbeddedConfig } from './embedded/config.ts'
import { createEmbedded } from './embedded/create.ts'
import { keptSecrets } from './embedded/secrets.ts'
import { welcome } from './embedded/welcome.ts'
import { commandBuilders } from './orchestrator/commands/index.ts'
import { version } from './package.json'
import { parseEnvironment } from './shared/config.ts'
import { type Listening, type ServeOptions, serve } from './shared/http/serve.ts'
import { reloadingCatalog } from './shared/pipelines/live.ts'
import { runService } from './shared/run-service.ts'
import { createLogger } from './shared/telemetry/logger.ts'
import { readableFor } from './shared/telemetry/settings.ts'

// A person reads this terminal: only what is not as it should be is logged, unless LOG_LEVEL says otherwise.
const LOG_LEVEL = 'warn'

await runService(
  'baton',
  process,
  async ({ environment, lifecycle, logger, context }) => {
    const config = parseEnvironment(EmbeddedConfig, { LOG_LEVEL, ...environment })
    const readable = await readableFor(config, process.stdout.isTTY === true)
    const peers = new WeakMap<Request, string>()
    const baton = createEmbedded({
      config,
      version,
      catalog: reloadingCatalog({
        folder: join(import.meta.dir, 'pipelines'),
        watch: true,
        accept: commandBuilders,
        logger,
        lifecycle,
      }),
      secrets: keptSecrets(config.DATA_DIR),
      loggerOf: (service) =>
        createLogger({ service, level: config.LOG_LEVEL, readable, correlationId: context.current }),
      context,
      lifecycle,
      peerOf: (request) => peers.get(request) ?? 'unknown',
      upgrade: (request, listener) => listening.upgrade(request, listener),
    })

    // The ports first: when one is taken, nothing has been consumed yet.
    const listen = (name: string, port: number, fetch: ServeOptions['fetch']): Listening => {
      const listening = serve({ name, host: config.HOST, port, fetch })
      lifecycle.onStop(`${name} http`, listening.stop)
      return listening
    }
    const { gateway, conductor, orchestrator, simulator } = baton.apps
    listen('conductor', config.CONDUCTOR_PORT, (request) => conductor.fetch(request))
    listen('orchestrator', config.ORCHESTRATOR_PORT, (request) => orchestrator.fetch(request))
    if (config.SIMULATOR_PORT !== undefined)
      listen('simulator', config.SIMULATOR_PORT, (request) => simulator.fetch(request))
    const listening = listen('gateway', config.GATEWAY_PORT, (request, server) => {
      peers.set(request, server.requestIP(request)?.address ?? 'unknown')
      return gateway.fetch(request)
    })
    await baton.start()
    process.stdout.write(
      welcome({
        url: listening.url,
        dataDir: config.DATA_DIR,
        dev: config.AUTH_MODE === 'dev',
        console: config.CONSOLE === 'on',
      }),
    )
  },
  { level: LOG_LEVEL },
)

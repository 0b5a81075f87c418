import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../support/free-port.ts'
import { createEngine, type Engine } from './engine.ts'
import type { EnginePrograms } from './install.ts'

export interface NginxOptions {
  /** `host:port` of what stands behind it; one after the other gets a request. */
  readonly upstreams: readonly string[]
  /** Seconds after which nginx gives up on a silent connection, in both directions. */
  readonly idleSeconds: number
}

/** Debian's nginx as many put it in front of a service: buffering as it is by default, WebSockets passed on. */
const configuration = (folder: string, port: number, { upstreams, idleSeconds }: NginxOptions): string => `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 4096; }
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  send_timeout ${idleSeconds}s;
  upstream gateways { ${upstreams.map((upstream) => `server ${upstream} max_fails=0;`).join(' ')} }
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  server {
    listen 127.0.0.1:${port};
    location = /nginx-is-up { return 204; }
    location / {
      proxy_pass http://gateways;
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_read_timeout ${idleSeconds}s;
      proxy_send_timeout ${idleSeconds}s;
    }
  }
}
`

/** A reverse proxy in front of some gateways. Not started yet. */
export const createNginx = async ({ nginx }: Pick<EnginePrograms, 'nginx'>, options: NginxOptions): Promise<Engine> => {
  const folder = await mkdtemp(join(tmpdir(), 'baton-nginx-'))
  const port = await freePort()
  const file = join(folder, 'nginx.conf')
  await mkdir(join(folder, 'logs'), { recursive: true })
  await writeFile(file, configuration(folder, port, options))
  const address = `http://127.0.0.1:${port}`
  return createEngine({
    name: 'nginx',
    address,
    command: [nginx, '-p', folder, '-e', join(folder, 'error.log'), '-c', file, ...userOption()],
    folder,
    readyTimeoutMs: 10_000,
    ready: async () => {
      const { status } = await fetch(`${address}/nginx-is-up`)
      if (status !== 204) throw new Error(`answered ${status}`)
    },
  })
}

/** Started by root, nginx's worker would be somebody who may not use the folder. */
const userOption = (): readonly string[] => (process.getuid?.() === 0 ? ['-g', 'user root;'] : [])

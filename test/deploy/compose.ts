import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import { z } from 'zod'

export const root = join(import.meta.dir, '../..')

const Service = z.looseObject({
  image: z.string().optional(),
  build: z.string().optional(),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()).default([]),
  restart: z.string().optional(),
  environment: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  secrets: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  networks: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.looseObject({}).optional(),
  extends: z.object({ file: z.string(), service: z.string() }).optional(),
  deploy: z.looseObject({ resources: z.looseObject({ limits: z.looseObject({}).optional() }).optional() }).optional(),
})
export type ComposeService = z.infer<typeof Service>

const Compose = z.looseObject({
  services: z.record(z.string(), Service),
  volumes: z.record(z.string(), z.unknown()).default({}),
  networks: z.record(z.string(), z.unknown()).default({}),
  secrets: z.record(z.string(), z.object({ file: z.string() })).default({}),
})
export type Compose = z.infer<typeof Compose>

export const readCompose = async (file: string): Promise<Compose> => {
  const document = parseDocument(await readFile(join(root, file), 'utf8'), { merge: true, logLevel: 'silent' })
  if (document.errors.length > 0) throw new Error(`${file}: ${document.errors[0]?.message}`)
  return Compose.parse(document.toJS())
}

/** One file laid over another, as far as our files use it: environments and dependencies merge, the rest replaces. */
export const overlay = (base: Compose, over: Compose): Compose => {
  const services = { ...base.services }
  for (const [name, service] of Object.entries(over.services)) {
    const below = services[name] ?? (service.extends ? base.services[service.extends.service] : undefined)
    const own = Object.entries(service).filter(([, value]) => !isEmpty(value))
    services[name] = Service.parse({
      ...below,
      ...Object.fromEntries(own),
      environment: { ...below?.environment, ...service.environment },
      depends_on: { ...below?.depends_on, ...service.depends_on },
    })
  }
  return {
    ...base,
    services,
    volumes: { ...base.volumes, ...over.volumes },
    secrets: { ...base.secrets, ...over.secrets },
  }
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)

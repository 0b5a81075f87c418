import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'

const Manifest = z.looseObject({
  name: z.string(),
  version: z.string(),
  description: z.string().optional(),
  license: z.union([z.string(), z.looseObject({ type: z.string() })]).optional(),
  licenses: z.array(z.looseObject({ type: z.string() })).optional(),
  dependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
})

/** A package that production needs, as it is installed. */
export interface InstalledPackage {
  readonly name: string
  readonly version: string
  readonly description: string | undefined
  /** SPDX, as the package says it; `UNKNOWN` when it says nothing. */
  readonly licence: string
  /** `name@version` of what it needs. */
  readonly needs: readonly string[]
}

const read = (folder: string) => Manifest.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))

const licenceOf = ({ license, licenses }: z.infer<typeof Manifest>): string => {
  if (typeof license === 'string') return license
  return license?.type ?? licenses?.map(({ type }) => type).join(' OR ') ?? 'UNKNOWN'
}

/** Where a package finds another one: in its own `node_modules`, or in one further up. */
const find = (name: string, from: string): string | undefined => {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return candidate
  }
  return undefined
}

/** Everything that production needs, by `name@version`, the project itself left out. Throws when something is not installed. */
export const installedPackages = (root: string): ReadonlyMap<string, InstalledPackage> => {
  const found = new Map<string, InstalledPackage>()
  const visit = (folder: string): string => {
    const manifest = read(folder)
    const id = `${manifest.name}@${manifest.version}`
    if (found.has(id)) return id
    const { name, version, description } = manifest
    // Before its needs are looked at: packages may need each other.
    found.set(id, { name, version, description, licence: licenceOf(manifest), needs: [] })
    const needs = needsOf(manifest, folder).map(visit)
    found.set(id, { name, version, description, licence: licenceOf(manifest), needs })
    return id
  }
  for (const folder of needsOf(read(root), root)) visit(folder)
  return found
}

const needsOf = ({ name, dependencies, optionalDependencies }: z.infer<typeof Manifest>, folder: string): string[] => {
  const names = Object.keys({ ...dependencies, ...optionalDependencies })
  return names.flatMap((need) => {
    const place = find(need, folder)
    if (place !== undefined) return [place]
    if (need in optionalDependencies) return []
    throw new Error(`${name} needs ${need}, which is not installed`)
  })
}

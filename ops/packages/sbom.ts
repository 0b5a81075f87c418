import type { InstalledPackage } from './installed.ts'

export interface SbomOptions {
  readonly name: string
  readonly version: string
  readonly licence: string
  readonly packages: ReadonlyMap<string, InstalledPackage>
}

const SPDX_ID = /^[A-Za-z0-9.-]+$/

/** A package URL: the scope's `@` is encoded, as its specification says. */
const purl = (name: string, version: string): string => `pkg:npm/${name.replace('@', '%40')}@${version}`

const licencesOf = (licence: string): object[] => {
  if (licence === 'UNKNOWN') return []
  return SPDX_ID.test(licence) ? [{ license: { id: licence } }] : [{ expression: licence }]
}

/**
 * What production is made of, as CycloneDX 1.6. The same packages give the same document: it names no time, and its serial
 * number is left out.
 */
export const sbom = ({ name, version, licence, packages }: SbomOptions): object => {
  const refs = new Map([...packages].map(([id, each]) => [id, purl(each.name, each.version)]))
  const ids = [...packages.keys()].sort()
  const own = purl(name, version)
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: { type: 'application', 'bom-ref': own, name, version, purl: own, licenses: licencesOf(licence) },
    },
    components: ids.flatMap((id) => {
      const each = packages.get(id)
      const ref = refs.get(id)
      if (!each || !ref) return []
      const description = each.description === undefined ? {} : { description: each.description }
      const { name, version, licence } = each
      return [
        { type: 'library', 'bom-ref': ref, name, version, ...description, purl: ref, licenses: licencesOf(licence) },
      ]
    }),
    dependencies: ids.map((id) => ({
      ref: refs.get(id),
      dependsOn: [...new Set(packages.get(id)?.needs.map((need) => refs.get(need)))].sort(),
    })),
  }
}

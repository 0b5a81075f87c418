import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { z } from 'zod'
import { auditOutcome } from '../../../ops/packages/audit.ts'
import { installedPackages } from '../../../ops/packages/installed.ts'
import { isAllowed, refusedLicences } from '../../../ops/packages/licences.ts'
import { sbom } from '../../../ops/packages/sbom.ts'
import packageJson from '../../../package.json'
import { describePackage } from '../../support/tools.ts'

const packages = installedPackages(join(import.meta.dir, '../../..'))
const document = sbom({ name: 'baton', version: '1', licence: 'Apache-2.0', packages })
const Sbom = z.object({
  components: z.array(z.object({ name: z.string(), purl: z.string() })),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()) })),
})

test('the bill of materials has what production imports, and what that needs, and nothing of development', () => {
  const names = Sbom.parse(document).components.map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(Object.keys(packageJson.dependencies)))
  expect(names).toContain('@ioredis/commands')
  expect(names.filter((name) => name in packageJson.devDependencies)).toEqual([])
})

test('everything that it refers to is in it, and the same packages give the same document', () => {
  const { components, dependencies } = Sbom.parse(document)
  const known = new Set(components.map(({ purl }) => purl))
  expect(dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !known.has(ref))).toEqual([])
  expect(sbom({ name: 'baton', version: '1', licence: 'Apache-2.0', packages })).toEqual(document)
})

test('every licence of production is one that we accept', () => {
  expect(refusedLicences(packages)).toEqual([])
})

test.each([
  ['MIT', true],
  ['(MIT OR GPL-3.0-only)', true],
  ['(BSD-3-Clause AND Apache-2.0)', true],
  ['MIT AND GPL-3.0-only', false],
  ['AGPL-3.0-only', false],
  ['UNKNOWN', false],
])('a licence %s is accepted: %p', (licence, accepted) => {
  expect(isAllowed(licence)).toBe(accepted)
})

test('a hole fails the audit, a registry without advisories is told', () => {
  expect(auditOutcome(0, '')).toEqual({ code: 0, text: 'audit: no known holes' })
  expect(auditOutcome(1, 'error: POST https://r/-/npm/v1/security/advisories/bulk - 405')).toMatchObject({ code: 0 })
  expect(auditOutcome(1, 'left-pad  <1.0.0 critical')).toEqual({ code: 1, text: 'left-pad  <1.0.0 critical' })
})

const Validator = z.custom<new (version: string) => { validate(text: string): Promise<unknown> }>(
  (value) => typeof value === 'function',
)

describePackage('@cyclonedx/cyclonedx-library', "CycloneDX's own schema", (path) => {
  test('accepts the document, and refuses one that it should', async () => {
    const library: unknown = await import(join(path, 'dist.node/index.node.js'))
    const { Validation } = z.object({ Validation: z.looseObject({ JsonStrictValidator: Validator }) }).parse(library)
    const validator = new Validation.JsonStrictValidator('1.6')
    expect(await validator.validate(JSON.stringify(document))).toBeNull()
    expect(await validator.validate(JSON.stringify({ ...document, bomFormat: 'other' }))).not.toBeNull()
  }, 30_000)
})

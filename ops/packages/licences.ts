import type { InstalledPackage } from './installed.ts'

/** Licences that ask for no more than their text and the authors' names. */
const ALLOWED = new Set([
  ...['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0', 'CC0-1.0', 'Unlicense'],
])

/** Whether one of the alternatives is allowed: `(MIT OR GPL-2.0)` is, `MIT AND GPL-2.0` is not. */
export const isAllowed = (licence: string): boolean =>
  licence
    .replace(/[()]/g, '')
    .split(/\s+OR\s+/)
    .some((alternative) => alternative.split(/\s+AND\s+/).every((part) => ALLOWED.has(part.trim())))

/** `name@version: licence` of what may not be in production. */
export const refusedLicences = (packages: ReadonlyMap<string, InstalledPackage>): readonly string[] =>
  [...packages].filter(([, { licence }]) => !isAllowed(licence)).map(([id, { licence }]) => `${id}: ${licence}`)

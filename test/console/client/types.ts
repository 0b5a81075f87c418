/**
 * `npm run client-types`: writes the client's types anew from the gateway's OpenAPI document. Run it after every change
 * of a gateway route; a test fails until the file says what the document says.
 */
import { join } from 'node:path'
import { ts } from '@ts-morph/common'
import { gatewayDocument } from '../../gateway/document.ts'

export const TYPES_FILE = join(import.meta.dir, '../../../console/client/openapi.ts')

const HEADER = '// Made from the OpenAPI document of the gateway: npm run client-types. Do not edit.\n\n'

/** The types, as the file must hold them. */
export const clientTypes = async (): Promise<string> => {
  // The generator prints with the compiler's JavaScript API, which TypeScript 7 no longer has; ts-morph brings the last.
  Bun.plugin({
    name: 'compiler-api',
    setup(build) {
      build.module('typescript', () => ({ exports: { ...ts, default: ts }, loader: 'object' }))
    },
  })
  const { default: openapiTS, astToString } = await import('openapi-typescript')
  return HEADER + astToString(await openapiTS(await gatewayDocument(), { defaultNonNullable: false }))
}

if (import.meta.main) await Bun.write(TYPES_FILE, await clientTypes())

import { expect, test } from 'bun:test'
import { clientTypes, TYPES_FILE } from './types.ts'

test("the client's types say what the gateway's document says (npm run client-types writes them anew)", async () => {
  expect(await Bun.file(TYPES_FILE).text()).toBe(await clientTypes())
}, 20_000)

import { expect, test } from 'bun:test'
import { OpenAPIHono, z } from '@hono/zod-openapi'
import fc from 'fast-check'
import { ClientText } from '../../../../shared/contracts/http/client-text.ts'

/** The pattern that the document gives for it. */
const documented = (): RegExp => {
  const app = new OpenAPIHono()
  app.openAPIRegistry.register('Text', ClientText(20))
  const { components } = app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 'texts', version: '1' } })
  const { pattern } = z.object({ pattern: z.string() }).parse(components?.schemas?.['Text'])
  return new RegExp(pattern, 'u')
}

test('the document says of a text exactly what is taken', () => {
  const pattern = documented()
  const odd = fc.constantFrom(' ', '\n', '\0', '\x7f', '\x9f', '\u00a0', '\ufeff', '\u2028', '𝄞', 'é', 'a')
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 9 }), fc.string({ unit: odd, maxLength: 9 }))
  fc.assert(
    fc.property(text, (one) => {
      expect(pattern.test(one)).toBe(ClientText(20).safeParse(one).success)
    }),
    { numRuns: 2_000 },
  )
})

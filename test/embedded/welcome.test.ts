import { expect, test } from 'bun:test'
import { welcome } from '../../embedded/welcome.ts'

test('the welcome says where the API, the docs and the token route are, with an example for exactly this address', () => {
  const text = welcome({ url: 'http://127.0.0.1:4001', dataDir: './data', dev: true, console: true })
  for (const place of [
    'console http://127.0.0.1:4001\n',
    'http://127.0.0.1:4001/docs',
    'http://127.0.0.1:4001/dev/token',
    '/v1/batches/register',
    './data',
  ])
    expect(text).toContain(place)
  expect(text).not.toContain('undefined')
})

test('without the console no page is promised', () => {
  expect(welcome({ url: 'http://h:1', dataDir: 'd', dev: true, console: false })).not.toContain('console')
})

test('without development sign-in no token route is promised', () => {
  expect(welcome({ url: 'http://h:1', dataDir: 'd', dev: false, console: false })).not.toContain('/dev/token')
})

import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { clientAddress } from '../../../gateway/limits/address.ts'

const SOCKET = '10.0.0.9'

test.each([
  ['without proxies the header is not looked at', '1.2.3.4', 0, SOCKET],
  ['behind one proxy the last entry counts, not what the client wrote before it', '6.6.6.6, 1.2.3.4', 1, '1.2.3.4'],
  ['behind two the one before the last', '6.6.6.6, 1.2.3.4, 10.0.0.8', 2, '1.2.3.4'],
  ['a proxy that was passed by leaves what the nearest one saw', '1.2.3.4', 2, '1.2.3.4'],
  ['without the header it is who connected', null, 1, SOCKET],
  ['what is no address counts as nothing', '<script>', 1, SOCKET],
  ['of IPv6 the network counts, as one customer has all of it', '2001:db8:0:1:aaaa::1', 1, '2001:db8:0:1::/64'],
  ['its short spelling is the same network', '2001:0DB8::1:0:0:0:7', 1, '2001:db8:0:1::/64'],
  ['IPv4 within IPv6 is IPv4', '::ffff:1.2.3.4', 1, '1.2.3.4'],
])('%s', (_, forwarded, hops, expected) => {
  expect(clientAddress(SOCKET, forwarded, hops)).toBe(expected)
})

test('whatever a client writes into the header, it counts for the address that our proxy saw', () => {
  fc.assert(
    fc.property(fc.string(), fc.ipV4(), (forged, seen) => {
      expect(clientAddress(SOCKET, `${forged}, ${seen}`, 1)).toBe(seen)
      expect(clientAddress(SOCKET, forged, 0)).toBe(SOCKET)
    }),
  )
})

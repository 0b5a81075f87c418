import type { MiddlewareHandler } from 'hono'
import type { GatewayEnv } from '../env.ts'

/**
 * Puts on the context whose request it is, before anything else: the limit of a body makes a request of its own, of which no
 * connection is known.
 */
export const keepAddress = (peerOf: (request: Request) => string): MiddlewareHandler<GatewayEnv> =>
  function takeAddress(c, next) {
    c.set('address', peerOf(c.req.raw))
    return next()
  }

/**
 * Whose address a request counts for. Each of our own proxies appends whom it was called by to `X-Forwarded-For`, so only as
 * many entries from the end are true as there are proxies; what stands before them anyone can write. `hops` 0: nobody is
 * in front, and the header is not looked at.
 */
export const clientAddress = (socket: string, forwarded: string | null, hops: number): string => {
  if (hops === 0 || forwarded === null) return normalized(socket)
  const chain = [...forwarded.split(',').map((entry) => entry.trim()), socket]
  const entry = chain[Math.max(0, chain.length - 1 - hops)] ?? socket
  return isAddress(entry) ? normalized(entry) : normalized(socket)
}

const isAddress = (text: string): boolean => /^[\d.]{7,15}$|^[\da-f:.]{2,45}$/i.test(text)

/** An IPv4 address in its plain form; of IPv6 the /64, since one customer has all of that. */
const normalized = (address: string): string => {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)
  if (mapped?.[1]) return mapped[1]
  if (!address.includes(':')) return address
  const [head = '', tail] = address.toLowerCase().split('::')
  const groups = head === '' ? [] : head.split(':')
  const behind = tail ? tail.split(':').length : 0
  const zeros = tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - groups.length - behind) }, () => '0')
  const all = [...groups, ...zeros, ...(tail ? tail.split(':') : [])]
  return `${all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}

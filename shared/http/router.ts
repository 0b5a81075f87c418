import type { Router } from 'hono/router'
import { RegExpRouter } from 'hono/router/reg-exp-router'
import { SmartRouter } from 'hono/router/smart-router'
import { TrieRouter } from 'hono/router/trie-router'

/** Hono's own choice: the router that is one regular expression, and where that is impossible the one that walks a tree. */
const fastest = <T>(): Router<T> => new SmartRouter({ routers: [new RegExpRouter<T>(), new TrieRouter<T>()] })

/**
 * Paths without parameters apart from those with some. The faster of Hono's routers takes no fixed path beside a parameter, as
 * `/batches/register` stands beside `/batches/:batch_id`, and the other one took a twentieth of a plan, measured. What is asked
 * for by a fixed path never goes to a route with a parameter.
 */
export const createRouter = <T>(): Router<T> => {
  const [fixed, open] = [fastest<T>(), fastest<T>()]
  /** `METHOD path` of each fixed path. */
  const known = new Set<string>()
  return {
    get name() {
      return `${fixed.name} beside ${open.name}`
    },
    add(method, path, handler) {
      const isWide = path.includes('*')
      const isOpen = path.includes('/:')
      if (isWide || isOpen) open.add(method, path, handler)
      if (isWide || !isOpen) fixed.add(method, path, handler)
      if (!isWide && !isOpen) known.add(`${method} ${path}`)
    },
    match(method, path) {
      const router = known.has(`${method} ${path}`) || known.has(`ALL ${path}`) ? fixed : open
      return router.match(method, path)
    },
  }
}

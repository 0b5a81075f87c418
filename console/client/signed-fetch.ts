import { UnreachableError } from './problem.ts'

export type Fetch = (request: Request) => Promise<Response>

/**
 * Gives the token to send; undefined when nobody is signed in. Asked before every call, so keep the token yourself; with
 * `refused` the gateway did not take the last one: get another, or give undefined.
 */
export type TokenHook = (reason: 'needed' | 'refused') => string | undefined | Promise<string | undefined>

/** `fetch` with the token: a call that is refused for its token is made once more with a new one, since it had no effect. */
export const createSignedFetch = (token: TokenHook, fetch: Fetch): Fetch => {
  const send = async (request: Request, bearer: string | undefined): Promise<Response> => {
    if (bearer !== undefined) request.headers.set('authorization', `Bearer ${bearer}`)
    try {
      return await fetch(request)
    } catch (cause) {
      // A call that was called off says so itself.
      if (request.signal.aborted) throw cause
      throw new UnreachableError('The gateway cannot be reached.', { cause })
    }
  }

  return async function signedFetch(request) {
    const again = request.clone()
    const bearer = await token('needed')
    const answer = await send(request, bearer)
    if (answer.status !== 401) return answer
    const fresh = await token('refused')
    if (fresh === undefined || fresh === bearer) return answer
    await answer.body?.cancel()
    return send(again, fresh)
  }
}

import { CODES, type Code } from '../shared/http/codes.ts'
import { ProblemError } from '../shared/http/problem.ts'
import { UpstreamError } from '../shared/http/upstream.ts'

const isCode = (code: string | undefined): code is Code => code !== undefined && code in CODES

/** What a service behind us refuses for a reason of the request's own; whatever else it answers is not the client's fault. */
const REFUSALS = new Set([400, 403, 404, 409, 422])

/**
 * Makes a refusal of a service of ours this one's own: code, reason and pointers are worded for clients there too. One that the
 * route does not document stays an unexpected answer.
 */
export const passOn = async <Result>(route: { readonly responses: object }, call: Promise<Result>): Promise<Result> => {
  try {
    return await call
  } catch (thrown) {
    if (!(thrown instanceof UpstreamError) || !REFUSALS.has(thrown.status)) throw thrown
    if (!(thrown.status in route.responses)) throw thrown
    const { code, reason, detail, errors } = thrown.problem
    if (!isCode(code) || CODES[code].status !== thrown.status) throw thrown
    throw new ProblemError({
      code,
      detail: detail ?? CODES[code].title,
      ...(reason === undefined ? {} : { reason }),
      ...(errors === undefined ? {} : { errors }),
    })
  }
}

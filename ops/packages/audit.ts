/** What an audit's exit code and output mean: a registry without advisories is no finding, but it is told. */
export const auditOutcome = (code: number, output: string): { readonly code: number; readonly text: string } => {
  if (code === 0) return { code: 0, text: 'audit: no known holes' }
  const noAnswer = /error: .*(advisories|audit).* - (404|405|501)|ConnectionRefused|getaddrinfo|Unable to connect/i
  if (noAnswer.test(output))
    return { code: 0, text: 'audit: this registry offers no advisories, so nothing was checked' }
  return { code: 1, text: output.trim() }
}

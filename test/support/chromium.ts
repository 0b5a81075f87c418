import { describe } from 'bun:test'

/** The browser of this machine; undefined where there is none. */
const chromium = (): string | undefined => Bun.which('chromium') ?? Bun.which('chromium-browser') ?? undefined

/**
 * `describe` in a real Chromium; skipped, with a name that says so, where there is none. Where engines are required that
 * is an error, as with the other engines.
 */
export const describeChromium = (name: string, body: (executable: string) => void): void => {
  const executable = chromium()
  if (executable !== undefined) describe(name, () => body(executable))
  else if (['required', 'all'].includes(process.env['BATON_ENGINES'] ?? ''))
    throw new Error('engines are required, but Chromium is not installed (on Debian: apt-get install chromium)')
  else describe.skip(`${name} (needs Chromium)`, () => body('/nowhere/chromium'))
}

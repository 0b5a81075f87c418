import { expect, test } from 'bun:test'
import { within } from '../../shared/within.ts'

const late = () => new Error('late')

test('what never comes is given up after its time', async () => {
  await expect(within(10, () => new Promise(() => {}), late)).rejects.toThrow('late')
})

test('an answer that came while this process itself stood still is in time', async () => {
  const echo = Bun.spawn(['cat'], { stdin: 'pipe', stdout: 'pipe' })
  const answers = echo.stdout.getReader()
  const ask = async (text: string): Promise<string> => {
    const answer = answers.read()
    echo.stdin.write(text)
    await echo.stdin.flush()
    return new TextDecoder().decode((await answer).value)
  }
  // As a server stands still: in the middle of what a read called for.
  expect(await ask('first')).toBe('first')
  const second = within(50, () => ask('second'), late)
  Bun.sleepSync(300)
  expect(await second).toBe('second')
  echo.kill()
  await echo.exited
})

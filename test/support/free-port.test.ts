import { expect, test } from 'bun:test'
import { join } from 'node:path'

const PROCESSES = 3
const EACH = 100

test('no port is given out twice, also when several processes ask at once', async () => {
  const script = `
    import { freePort } from '${join(import.meta.dir, 'free-port.ts')}'
    for (let n = 0; n < ${EACH}; n++) console.log(await freePort())
  `
  const given = await Promise.all(
    Array.from({ length: PROCESSES }, async () => {
      const child = Bun.spawn([process.execPath, '-e', script], { stdin: 'ignore', stdout: 'pipe', stderr: 'inherit' })
      return (await child.stdout.text()).trim().split('\n')
    }),
  )
  expect(new Set(given.flat()).size).toBe(PROCESSES * EACH)
})

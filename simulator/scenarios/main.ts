/** `bun simulator/scenarios/main.ts` lists the scenarios, and plays those that it is given the names of. */
import { sleep } from '../../shared/retry.ts'
import { scenariosCommand } from './command.ts'

process.exitCode = await scenariosCommand({
  args: process.argv.slice(2),
  fetch: (request) => fetch(request),
  sleep,
  clock: Date.now,
  print: (line) => void process.stdout.write(`${line}\n`),
})

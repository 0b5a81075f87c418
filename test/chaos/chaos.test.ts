import { expect, test } from 'bun:test'
import { describeOwnEngines } from '../engines/describe.ts'
import { reportOf, runChaos } from './chaos.ts'

/** `bun run chaos` in short; more by the command. */
const SHORT = { batches: 40, workers: 10, everyMs: 300, rounds: 1, replicas: 1, seed: 7, limitMs: 180_000 }

describeOwnEngines('a Kafka and a Redis that are restarted', () => {
  test('every service is killed once while batches run: nothing is lost, nothing is done twice, every run ends', async () => {
    const said: string[] = []
    const result = await runChaos({ ...SHORT, fsync: 'everysec' }, (line) => said.push(line))
    const { lines, ok } = reportOf(result, SHORT.batches)
    expect({ ok, lines }).toEqual({ ok: true, lines })
    expect(result).toMatchObject({ batches: 40, accepted: 48, kills: 4, restarts: 2 })
  }, 300_000)
})

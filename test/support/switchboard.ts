import { connect, createServer, type Socket } from 'node:net'
import { freePort } from './free-port.ts'

export interface Switchboard {
  readonly port: number
  /** From now on connections lead to this port; those that stand are cut. */
  connect(port: number): void
  close(): void
}

/** One address in front of several servers, as a name or a virtual address is: a failover moves it and cuts what stands. */
export const createSwitchboard = async (first: number): Promise<Switchboard> => {
  let target = first
  const lines = new Set<Socket>()
  const server = createServer((client) => {
    const peer = connect(target, '127.0.0.1')
    const cut = () => {
      client.destroy()
      peer.destroy()
      lines.delete(client)
    }
    lines.add(client)
    for (const end of [client, peer]) end.on('error', cut).on('close', cut)
    client.pipe(peer).pipe(client)
  })
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const cutAll = () => {
    for (const line of lines) line.destroy()
  }
  return {
    port,
    connect(next) {
      target = next
      cutAll()
    },
    close() {
      cutAll()
      server.close()
    },
  }
}

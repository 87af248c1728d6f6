import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  /** The same address by way of the proxy. */
  url: string
  /** `silent`: connections stay, and nothing gets through; `closed`: they break, and no new one is made. */
  become(state: 'open' | 'silent' | 'closed'): void
  close(): Promise<void>
}

/** Stands in the way of a database: what goes through it can be held up or cut. */
export async function startTcpProxy(url: string): Promise<TcpProxy> {
  const target = new URL(url)
  const pairs = new Set<[Socket, Socket]>()
  let state: 'open' | 'silent' | 'closed' = 'open'
  const apply = ([near, far]: [Socket, Socket]) => {
    for (const socket of [near, far]) {
      if (state === 'closed') socket.destroy()
      else if (state === 'silent') socket.pause()
      else socket.resume()
    }
  }
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname)
    const pair: [Socket, Socket] = [near, far]
    pairs.add(pair)
    const end = () => {
      pairs.delete(pair)
      near.destroy()
      far.destroy()
    }
    for (const [from, to] of [pair, [far, near] as const]) {
      from.on('data', (bytes) => to.write(bytes))
      from.on('close', end)
      from.on('error', end)
    }
    apply(pair)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const through = new URL(url)
  through.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: through.href,
    become: (next) => {
      state = next
      for (const pair of [...pairs]) apply(pair)
    },
    close: async () => {
      for (const [near, far] of pairs) {
        near.destroy()
        far.destroy()
      }
      server.close()
      await once(server, 'close')
    },
  }
}

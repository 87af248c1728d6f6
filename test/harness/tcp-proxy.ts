import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * `silent`: connections stay, and nothing gets through until later; `unanswered`: what is said arrives, and no answer does
 * until later; `half-closed`: the other side is told of an end, this one hears nothing; `closed`: connections break, and no new
 * one is made. What was half-closed breaks with the next state.
 */
export type WayState = 'open' | 'silent' | 'unanswered' | 'half-closed' | 'closed'

export interface TcpProxy {
  /** The same address by way of the proxy. */
  url: string
  become(state: WayState): void
  /** Nothing gets through the connections that there are, ever again, and nobody is told; new ones work. */
  forget(): void
  /** From now on each piece arrives this much later, in both directions. */
  delayBy(ms: number): void
  close(): Promise<void>
}

/** Stands in the way of a database: what goes through it can be held up or cut. */
export async function startTcpProxy(url: string): Promise<TcpProxy> {
  const target = new URL(url)
  const through = new URL(url)
  const connections = new Set<Connection>()
  let state: WayState = 'open'
  let delayMs = 0
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname)
    const connection = new Connection(near, far, () => delayMs)
    connections.add(connection)
    near.on('close', () => connections.delete(connection))
    connection.become(state)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  through.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: through.href,
    become: (next) => {
      state = next
      for (const connection of [...connections]) connection.become(next)
    },
    forget: () => {
      for (const connection of [...connections]) connection.forget()
    },
    delayBy: (ms) => {
      delayMs = ms
    },
    close: async () => {
      for (const connection of [...connections]) connection.become('closed')
      server.close()
      await once(server, 'close')
    },
  }
}

class Connection {
  readonly #near: Socket
  readonly #far: Socket
  #isHalfClosed = false
  #isForgotten = false

  constructor(near: Socket, far: Socket, delayMs: () => number) {
    this.#near = near
    this.#far = far
    pass(near, far, delayMs)
    pass(far, near, delayMs)
    near.on('close', () => far.destroy())
    far.on('close', () => {
      if (!this.#isHalfClosed) near.destroy()
    })
  }

  forget(): void {
    this.become('silent')
    this.#isForgotten = true
  }

  become(state: WayState): void {
    if (this.#isForgotten && state !== 'closed') return
    if (state === 'closed' || this.#isHalfClosed) this.#near.destroy()
    if (state === 'half-closed') {
      this.#isHalfClosed = true
      this.#far.destroy()
    }
    flow(this.#near, state === 'open' || state === 'unanswered')
    flow(this.#far, state === 'open')
  }
}

function flow(socket: Socket, isFlowing: boolean): void {
  if (isFlowing) socket.resume()
  else socket.pause()
}

function pass(from: Socket, to: Socket, delayMs: () => number): void {
  let lastDue = 0
  from.on('error', () => {})
  from.on('data', (bytes) => {
    // None overtakes another when the delay gets shorter.
    lastDue = Math.max(lastDue, performance.now() + delayMs())
    const waitMs = lastDue - performance.now()
    if (waitMs <= 0) to.write(bytes)
    else setTimeout(() => to.write(bytes), Math.ceil(waitMs))
  })
}

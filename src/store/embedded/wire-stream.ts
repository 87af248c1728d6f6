import { Duplex } from 'node:stream'

/** The far end of one session: takes whole frontend messages. */
export interface WireServer {
  /** Resolves with the session's number once the database is up. */
  attach: (stream: WireStream) => Promise<number>
  send: (session: number, bytes: Uint8Array<ArrayBuffer>) => void
  detach: (session: number) => void
}

/** What the PostgreSQL client takes for its socket; instead of a network there is the embedded database's thread. */
export class WireStream extends Duplex {
  readonly #server: WireServer
  #session = 0

  constructor(server: WireServer) {
    super({ allowHalfOpen: false })
    this.#server = server
  }

  connect(): this {
    this.#server.attach(this).then(
      (session) => {
        this.#session = session
        if (this.destroyed) this.#server.detach(session)
        else this.emit('connect')
      },
      (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
    )
    return this
  }

  // The rest of a socket's interface, which means nothing here.
  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#server.send(this.#session, new Uint8Array(chunk))
    done()
  }

  /** The client corks the messages of one query: they come here together and must go together. */
  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#server.send(this.#session, new Uint8Array(Buffer.concat(chunks.map(({ chunk }) => chunk))))
    done()
  }

  override _final(done: (error?: Error | null) => void): void {
    this.push(null)
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (this.#session > 0) this.#server.detach(this.#session)
    done(error)
  }
}

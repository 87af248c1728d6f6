import { connect, type Socket } from 'node:net'
import type { LoadOrder } from './measurement.ts'

/** How one exchange ended, in milliseconds of `performance.now()`. */
export interface Exchange {
  dueAt: number
  firstContentAt: number
  endedAt: number
  reads: number
  failure: string | undefined
}

const HEAD_END = Buffer.from('\r\n\r\n')
const CHUNKED_END = Buffer.from('\r\n0\r\n\r\n')
/** The first word of a stream: what is before it is no token. */
const CONTENT = Buffer.from(' word0')
/** The last event of a stream, in each format. */
const STREAM_ENDS = { chat: Buffer.from('[DONE]'), messages: Buffer.from('event: message_stop') }
const BODY_BYTES_MIN = 500

/** A keep-alive connection with at most one exchange. Reads of an answer only what tells that it is whole and right. */
export class LoadConnection {
  readonly #port: number
  readonly #stream: boolean
  readonly #streamEnd: Buffer
  readonly #onEnd: (connection: LoadConnection, exchange: Exchange) => void
  #socket: Socket | undefined
  #exchange: Exchange | undefined
  #head: Buffer | undefined
  #headRead = false
  #closes = false
  #missing = 0
  #chunked = false
  #tail: Buffer = Buffer.alloc(0)
  #sawDone = false

  constructor(
    { format, port, stream }: Pick<LoadOrder, 'format' | 'port' | 'stream'>,
    onEnd: (connection: LoadConnection, exchange: Exchange) => void,
  ) {
    this.#port = port
    this.#stream = stream
    this.#streamEnd = STREAM_ENDS[format]
    this.#onEnd = onEnd
  }

  send(request: Buffer, dueAt: number): void {
    this.#exchange = { dueAt, firstContentAt: 0, endedAt: 0, reads: 0, failure: undefined }
    this.#headRead = false
    this.#head = undefined
    this.#sawDone = false
    this.#socket ??= this.#open()
    this.#socket.write(request)
  }

  close(): void {
    this.#exchange = undefined
    this.#socket?.destroy()
  }

  #open(): Socket {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true })
    socket.on('data', (data) => this.#read(data))
    socket.on('error', (error) => this.#end(error.message))
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined
      this.#end('closed before the end')
    })
    return socket
  }

  #read(data: Buffer): void {
    const exchange = this.#exchange
    if (!exchange) return
    exchange.reads++
    let body = data
    if (!this.#headRead) {
      const received = this.#head ? Buffer.concat([this.#head, data]) : data
      const headEnd = received.indexOf(HEAD_END)
      if (headEnd < 0) {
        this.#head = received
        return
      }
      this.#readHead(received.toString('latin1', 0, headEnd))
      body = received.subarray(headEnd + HEAD_END.length)
    }
    this.#readBody(exchange, body)
  }

  #readHead(head: string): void {
    this.#headRead = true
    if (!head.startsWith('HTTP/1.1 200')) this.#fail(head.slice(0, 60))
    this.#closes = /\r\nconnection: *close/i.test(head)
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    this.#chunked = length === undefined
    this.#missing = Number(length ?? 0)
    if (length !== undefined && this.#missing < BODY_BYTES_MIN) this.#fail(`a body of only ${length} bytes`)
    this.#tail = Buffer.alloc(0)
  }

  #readBody(exchange: Exchange, body: Buffer): void {
    if (this.#stream) {
      if (exchange.firstContentAt === 0 && body.includes(CONTENT)) exchange.firstContentAt = performance.now()
      if (!this.#sawDone) this.#sawDone = body.includes(this.#streamEnd)
    }
    if (!this.#isWhole(body)) return
    this.#end(this.#stream && !this.#sawDone ? 'a stream without its last event' : undefined)
  }

  #isWhole(body: Buffer): boolean {
    if (!this.#chunked) {
      this.#missing -= body.length
      return this.#missing <= 0
    }
    const end = body.length >= CHUNKED_END.length ? body : Buffer.concat([this.#tail, body])
    this.#tail = end.subarray(-CHUNKED_END.length)
    return this.#tail.equals(CHUNKED_END)
  }

  #fail(failure: string): void {
    if (this.#exchange) this.#exchange.failure ??= failure
  }

  #end(failure: string | undefined): void {
    const exchange = this.#exchange
    if (!exchange) return
    this.#exchange = undefined
    exchange.endedAt = performance.now()
    exchange.failure ??= failure
    if (this.#closes || failure !== undefined) {
      this.#socket?.destroy()
      this.#socket = undefined
    }
    this.#onEnd(this, exchange)
  }
}

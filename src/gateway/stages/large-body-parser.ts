import { Worker } from 'node:worker_threads'
import type { ErrorCode } from '../../contract/common/errors.ts'
import type { ChatRequest } from '../../dialects/chat-request.ts'
import type { ProtocolName } from '../../dialects/protocol.ts'
import { AppError } from '../../domain/app-error.ts'

const IDLE_MS = 30_000
const WORKER = new URL('large-body-worker.ts', import.meta.url)

/** What the worker answers: the request, or the refusal as the parser threw it. */
export type ParsedBody =
  | { id: number; request: ChatRequest }
  | { id: number; refusal: { code: ErrorCode; message: string } }
  | { id: number; failure: unknown }

interface Waiting {
  resolve: (request: ChatRequest) => void
  reject: (error: unknown) => void
}

/**
 * Parses bodies in a thread of their own, in order, so that a large one keeps nobody else waiting. The thread runs only
 * while there is work and a little longer. If it dies, those who wait get an internal error and the next one a new thread.
 */
export class LargeBodyParser {
  readonly #idleMs: number
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #lastId = 0
  #rest: NodeJS.Timeout | undefined

  /** `idleMs`: after how much rest the thread's memory is given back. */
  constructor(idleMs = IDLE_MS) {
    this.#idleMs = idleMs
  }

  /** As the protocol's `parse`. `bytes` are moved into the thread: they can't be used any more. */
  parse(bytes: Buffer, protocol: ProtocolName): Promise<ChatRequest> {
    clearTimeout(this.#rest)
    this.#worker ??= this.#start()
    const worker = this.#worker
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : Buffer.from(bytes)
      worker.postMessage({ id, protocol, bytes: own }, [own.buffer as ArrayBuffer])
    })
  }

  #start(): Worker {
    const worker = new Worker(WORKER)
    worker.unref()
    worker.on('message', (answer: ParsedBody) => this.#settle(answer))
    worker.on('error', (error) => this.#lose(worker, error))
    worker.on('exit', (code) => this.#lose(worker, new Error(`the body parser ended with ${code}`)))
    return worker
  }

  #settle(answer: ParsedBody): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if ('request' in answer) waiting?.resolve(withBuffer(answer.request))
    else if ('refusal' in answer) waiting?.reject(new AppError(answer.refusal.code, answer.refusal.message))
    else waiting?.reject(answer.failure)
    if (this.#waiting.size > 0) return
    this.#rest = setTimeout(() => this.#retire(), this.#idleMs)
    this.#rest.unref()
  }

  #retire(): void {
    const worker = this.#worker
    this.#worker = undefined
    void worker?.terminate()
  }

  #lose(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    clearTimeout(this.#rest)
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}

function withBuffer(request: ChatRequest): ChatRequest {
  const { native, passedOn } = request.payload
  const payload = {
    ...request.payload,
    passedOn: asBuffer(passedOn),
    native: native && { ...native, passedOn: asBuffer(native.passedOn) },
  }
  return { ...request, payload }
}

/** A Buffer comes out of another thread as its plain array of bytes. */
function asBuffer(value: string | Buffer): string | Buffer {
  return typeof value === 'string' ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
}

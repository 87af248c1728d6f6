import { Worker } from 'node:worker_threads'
import type { ErrorCode } from '../../contract/common/errors.ts'
import type { ChatRequest } from '../../dialects/chat-request.ts'
import type { ProtocolName } from '../../dialects/protocol.ts'
import { AppError } from '../../domain/app-error.ts'
import type { PresetBook } from '../../domain/apply-preset.ts'
import type { Compressed, Fit } from '../../domain/context-compression.ts'
import { WORKER_ARGUMENTS } from '../../platform/worker-arguments.ts'

const IDLE_MS = 30_000
const WORKER = new URL('large-body-worker.ts', import.meta.url)

/** What the worker answers: the request, what is left of it, how many pages there are, or the refusal as the parser threw it. */
export type ParsedBody =
  | { id: number; request: ChatRequest }
  | { id: number; compressed: Compressed | null }
  | { id: number; pages: number }
  | { id: number; refusal: { code: ErrorCode; message: string } }
  | { id: number; failure: unknown }

type Done = Extract<ParsedBody, { request: unknown } | { compressed: unknown } | { pages: unknown }>

interface Waiting {
  resolve: (answer: Done) => void
  reject: (error: unknown) => void
}

/**
 * Parses bodies, shortens them, and counts the pages of documents, in a thread of their own, in order, so that a large one keeps
 * nobody else waiting. The thread runs only while there is work and a little longer. If it dies, those who wait get an internal error and the next one a new thread.
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
  async parse(bytes: Buffer, protocol: ProtocolName, presets: PresetBook | null): Promise<ChatRequest> {
    const own = unshared(bytes)
    const answer = await this.#ask({ protocol, bytes: own, presets }, [own.buffer])
    if (!('request' in answer)) throw new Error('the body parser answered something else')
    return withBuffer(answer.request)
  }

  /** As `compressContext`. `passedOn` stays with the caller. */
  async compress(passedOn: Buffer, fit: Fit): Promise<Compressed | null> {
    const answer = await this.#ask({ fit, bytes: passedOn }, [])
    if (!('compressed' in answer)) throw new Error('the body parser answered something else')
    return answer.compressed
  }

  /** As the function of this name, of a PDF. `bytes` are moved into the thread: they can't be used any more. */
  async countPages(bytes: Buffer): Promise<number> {
    const pdf = unshared(bytes)
    const answer = await this.#ask({ pdf }, [pdf.buffer])
    if (!('pages' in answer)) throw new Error('the body parser answered something else')
    return answer.pages
  }

  #ask(task: object, transfer: ArrayBuffer[]): Promise<Done> {
    clearTimeout(this.#rest)
    this.#worker ??= this.#start()
    const worker = this.#worker
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      worker.postMessage({ id, ...task }, transfer)
    })
  }

  #start(): Worker {
    const worker = new Worker(WORKER, { execArgv: [...WORKER_ARGUMENTS] })
    worker.unref()
    worker.on('message', (answer: ParsedBody) => this.#settle(answer))
    worker.on('error', (error) => this.#lose(worker, error))
    worker.on('exit', (code) => this.#lose(worker, new Error(`the body parser ended with ${code}`)))
    return worker
  }

  #settle(answer: ParsedBody): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if ('refusal' in answer) waiting?.reject(new AppError(answer.refusal.code, answer.refusal.message))
    else if ('failure' in answer) waiting?.reject(answer.failure)
    else waiting?.resolve(answer)
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

/** What shares a block with others is copied: a block is moved whole. */
function unshared(bytes: Buffer): Buffer<ArrayBuffer> {
  const { buffer } = bytes
  if (buffer instanceof ArrayBuffer && bytes.byteLength === buffer.byteLength) return bytes as Buffer<ArrayBuffer>
  const own = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(own)
  return own
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

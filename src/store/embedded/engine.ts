import { Worker } from 'node:worker_threads'
import { WORKER_ARGUMENTS } from '../../platform/worker-arguments.ts'
import type { WireServer, WireStream } from './wire-stream.ts'
import type { FromWorker, SnapshotOutcome, SnapshotRequest, ToWorker, WorkerData } from './worker-messages.ts'

const WORKER_URL = new URL('./worker.ts', import.meta.url)
const OPEN_TIMEOUT_MS = 120_000
const CLOSE_TIMEOUT_MS = 10_000
const ANSWER_TIMEOUT_MS = 300_000
const RESTART_DELAY_MS = 1_000

export interface EngineOptions {
  directory: string
  dataDirectory: string
  /** The thread died and is started again at the next use; or a start failed. */
  onFailure: (message: string) => void
}

interface PendingRequest {
  resolve: (outcome: SnapshotOutcome | undefined) => void
  reject: (error: Error) => void
}

/**
 * The embedded database's thread, seen from the main thread. When the engine panics (a full disk under its log), the thread is
 * thrown away with everything in flight and started again on the same directory at the next use; the engine's own recovery
 * brings back every commit that was answered.
 */
export class EmbeddedEngine implements WireServer {
  readonly #options: EngineOptions
  readonly #streams = new Map<number, WireStream>()
  readonly #requests = new Map<number, PendingRequest>()
  #worker: Worker | undefined
  #starting: Promise<void> | undefined
  #lastNumber = 0
  #unanswered = 0
  #watchdog: NodeJS.Timeout | undefined
  #isClosed = false
  #failedAt: number | undefined

  constructor(options: EngineOptions) {
    this.#options = options
  }

  /** Throws when the directory doesn't open. */
  async start(): Promise<void> {
    if (this.#isClosed) throw new Error('the embedded database is closed')
    this.#starting ??= this.#spawn().finally(() => {
      this.#starting = undefined
    })
    await this.#starting
  }

  async attach(stream: WireStream): Promise<number> {
    if (!this.#worker) {
      const waitMs = (this.#failedAt ?? 0) + RESTART_DELAY_MS - performance.now()
      if (this.#failedAt !== undefined && waitMs > 0) await new Promise((done) => setTimeout(done, waitMs))
      await this.start()
    }
    const session = ++this.#lastNumber
    this.#streams.set(session, stream)
    return session
  }

  send(session: number, bytes: Uint8Array<ArrayBuffer>): void {
    if (!this.#worker || !this.#streams.has(session)) return
    this.#unanswered += 1
    this.#watchdog ??= setTimeout(() => this.#stopHanging(), ANSWER_TIMEOUT_MS).unref()
    this.#post({ type: 'wire', session, bytes }, [bytes.buffer])
  }

  detach(session: number): void {
    this.#streams.delete(session)
  }

  async snapshot(snapshot: SnapshotRequest): Promise<SnapshotOutcome> {
    const outcome = await this.#request((request) => ({ type: 'snapshot', request, snapshot }))
    if (!outcome) throw new Error('the snapshot has no outcome')
    return outcome
  }

  /** Shuts the engine down; a thread that doesn't manage (a full disk) is stopped after ten seconds. Never throws. */
  async close(): Promise<void> {
    this.#isClosed = true
    const worker = this.#worker
    if (!worker) return
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<undefined>((done) => {
      timer = setTimeout(() => done(undefined), CLOSE_TIMEOUT_MS)
    })
    await Promise.race([this.#request((request) => ({ type: 'close', request })).catch(() => undefined), late])
    clearTimeout(timer)
    this.#worker = undefined
    await worker.terminate()
  }

  async #spawn(): Promise<void> {
    const { dataDirectory, directory } = this.#options
    const workerData: WorkerData = { dataDirectory, directory }
    const worker = new Worker(WORKER_URL, { workerData, execArgv: [...WORKER_ARGUMENTS] })
    try {
      await untilReady(worker)
    } catch (error) {
      this.#failedAt = performance.now()
      await worker.terminate()
      throw error
    }
    this.#worker = worker
    worker.on('message', (message: FromWorker) => this.#receive(message))
    worker.on('error', (error) => this.#die(worker, error instanceof Error ? error.message : String(error)))
    worker.on('exit', () => this.#die(worker, 'its thread ended'))
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case 'wire':
        this.#unanswered -= 1
        clearTimeout(this.#watchdog)
        this.#watchdog = undefined
        if (this.#unanswered > 0) this.#watchdog = setTimeout(() => this.#stopHanging(), ANSWER_TIMEOUT_MS).unref()
        if (message.bytes.length > 0) this.#streams.get(message.session)?.push(Buffer.from(message.bytes.buffer))
        return
      case 'done':
        this.#take(message.request)?.resolve(message.outcome)
        return
      case 'failed':
        this.#take(message.request)?.reject(new Error(message.message))
        return
      case 'panic':
        if (this.#worker) this.#die(this.#worker, message.message)
        return
      case 'ready':
    }
  }

  #take(request: number): PendingRequest | undefined {
    const pending = this.#requests.get(request)
    this.#requests.delete(request)
    return pending
  }

  #request(message: (request: number) => ToWorker): Promise<SnapshotOutcome | undefined> {
    const request = ++this.#lastNumber
    return new Promise((resolve, reject) => {
      if (!this.#worker) return reject(new Error('the embedded database is down'))
      this.#requests.set(request, { resolve, reject })
      this.#post(message(request))
    })
  }

  #post(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.#worker?.postMessage(message, transfer)
  }

  #stopHanging(): void {
    const worker = this.#worker
    if (!worker) return
    this.#die(worker, `no answer for ${ANSWER_TIMEOUT_MS / 1_000} s`)
  }

  #die(worker: Worker, message: string): void {
    if (worker !== this.#worker) return
    this.#worker = undefined
    this.#failedAt = performance.now()
    clearTimeout(this.#watchdog)
    this.#watchdog = undefined
    this.#unanswered = 0
    const error = new Error(`the embedded database stopped: ${message}`)
    for (const stream of this.#streams.values()) stream.destroy(error)
    this.#streams.clear()
    for (const { reject } of this.#requests.values()) reject(error)
    this.#requests.clear()
    void worker.terminate()
    if (!this.#isClosed) this.#options.onFailure(error.message)
  }
}

function untilReady(worker: Worker): Promise<void> {
  return new Promise((ready, reject) => {
    const settle = (finish: () => void): void => {
      clearTimeout(timer)
      worker.off('message', onMessage).off('error', fail).off('exit', onExit)
      finish()
    }
    const fail = (error: unknown): void => settle(() => reject(error))
    const onExit = (): void => fail(new Error('its thread ended'))
    const onMessage = (message: FromWorker): void => {
      if (message.type === 'ready') settle(ready)
      else if (message.type === 'panic') fail(new Error(message.message))
    }
    const timer = setTimeout(() => fail(new Error('it did not open in time')), OPEN_TIMEOUT_MS)
    worker.on('message', onMessage).on('error', fail).on('exit', onExit)
  })
}

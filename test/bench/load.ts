/** The load generator. Started by fork, carries out one order per message; raw sockets, because it shares a core. */
import { type Exchange, LoadConnection } from './load-connection.ts'
import type { LoadOrder, Measurement, Percentiles } from './measurement.ts'
import { cpuNanos, residentMb } from './process-usage.ts'

const OPEN_CONNECTIONS_MAX = 1_000
const TICK_MS = 1

process.on('message', (message: { id: number; order: LoadOrder }) => {
  void new LoadRun(message.order).run().then((measurement) => process.send?.({ id: message.id, measurement }))
})
process.on('disconnect', () => process.exit(0))

class LoadRun {
  readonly #order: LoadOrder
  readonly #request: Buffer
  readonly #connections = new Set<LoadConnection>()
  readonly #idle: LoadConnection[] = []
  readonly #waiting: number[] = []
  readonly #latencies: number[] = []
  readonly #firstContents: number[] = []
  readonly #startedAt = performance.now()
  #measuring = false
  #stopped = false
  #completed = 0
  #failed = 0
  #firstFailure: string | undefined
  #reads = 0
  #sent = 0
  #due = 0
  #late = 0

  constructor(order: LoadOrder) {
    this.#order = order
    this.#request = Buffer.from(order.request)
  }

  async run(): Promise<Measurement> {
    const { load, leadInMs, windowMs, pid } = this.#order
    if ('connections' in load)
      for (let index = 0; index < load.connections; index++) this.#open().send(this.#request, this.#now())
    else this.#sendDue(load.ratePerSecond)
    await elapse(leadInMs)
    this.#measuring = true
    const cpuBefore = pid === undefined ? 0 : cpuNanos(pid)
    const startedAt = this.#now()
    await elapse(windowMs)
    const cpu = (pid === undefined ? 0 : cpuNanos(pid)) - cpuBefore
    const elapsedMs = this.#now() - startedAt
    this.#measuring = false
    this.#stopped = true
    for (const connection of this.#connections) connection.close()
    return {
      completed: this.#completed,
      failed: this.#failed,
      requestsPerSecond: (this.#completed / elapsedMs) * 1_000,
      latencyMs: percentiles(this.#latencies),
      firstContentMs: percentiles(this.#firstContents),
      readsPerResponse: this.#reads / Math.max(1, this.#completed),
      cpuMicrosPerRequest: cpu / 1_000 / Math.max(1, this.#completed),
      busy: cpu / 1e6 / elapsedMs,
      residentMb: pid === undefined ? 0 : residentMb(pid),
      lateShare: this.#late / Math.max(1, this.#due),
      ...(this.#firstFailure === undefined ? {} : { firstFailure: this.#firstFailure }),
    }
  }

  #now(): number {
    return performance.now()
  }

  #open(): LoadConnection {
    const connection = new LoadConnection(this.#order, (ended, exchange) => this.#ended(ended, exchange))
    this.#connections.add(connection)
    return connection
  }

  /** Open loop: what is due by now goes out now, on a free or new connection; beyond the bound it waits, and its latency counts. */
  #sendDue(ratePerSecond: number): void {
    if (this.#stopped) return
    const now = this.#now()
    const due = Math.floor(((now - this.#startedAt) * ratePerSecond) / 1_000)
    for (; this.#sent < due; this.#sent++) {
      if (this.#measuring) this.#due++
      const connection = this.#idle.pop() ?? (this.#connections.size < OPEN_CONNECTIONS_MAX ? this.#open() : undefined)
      if (connection) connection.send(this.#request, now)
      else {
        this.#waiting.push(now)
        if (this.#measuring) this.#late++
      }
    }
    setTimeout(() => this.#sendDue(ratePerSecond), TICK_MS)
  }

  #ended(connection: LoadConnection, exchange: Exchange): void {
    if (this.#measuring) this.#count(exchange)
    if (this.#stopped) return
    if ('connections' in this.#order.load) connection.send(this.#request, exchange.endedAt)
    else {
      const due = this.#waiting.shift()
      if (due === undefined) this.#idle.push(connection)
      else connection.send(this.#request, due)
    }
  }

  #count(exchange: Exchange): void {
    if (exchange.failure !== undefined) {
      this.#failed++
      this.#firstFailure ??= exchange.failure
      return
    }
    this.#completed++
    this.#reads += exchange.reads
    this.#latencies.push(exchange.endedAt - exchange.dueAt)
    if (exchange.firstContentAt > 0) this.#firstContents.push(exchange.firstContentAt - exchange.dueAt)
  }
}

function percentiles(values: number[]): Percentiles {
  const sorted = Float64Array.from(values).sort()
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { p50: at(0.5), p99: at(0.99) }
}

function elapse(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

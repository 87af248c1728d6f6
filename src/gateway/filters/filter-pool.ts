import { setImmediate as afterMessages } from 'node:timers'
import { Worker } from 'node:worker_threads'
import type { FilterSet } from '../../domain/content-filters.ts'
import { WORKER_ARGUMENTS } from '../../platform/worker-arguments.ts'
import type { FilterAnswer, FilterOrder, FilterWork } from './filter-worker.ts'

const WORKER = new URL('filter-worker.ts', import.meta.url)
/** So much of a request has the time for one run; longer ones have it as many times. */
const LENGTH_PER_LIMIT = 1_048_576
/** Sets that a thread keeps ready. */
const KNOWN_SETS_MAX = 200
const HEAP_MEBIBYTES_MAX = 256

/** Why there is no answer: a run took too long, its thread ended, or there was no thread for it in time. */
export type NoAnswer = 'time' | 'crash' | 'full'
export type PoolAnswer = Exclude<FilterAnswer, { isUp: true }> | { timedOut: NoAnswer }

export interface FilterPoolOptions {
  onTimedOut: (reason: NoAnswer) => void
  threads: number
  /** For one run; as much again where the set must be made ready first. */
  limitMs: number
  /** For a thread to come up. */
  startMs: number
  /** For a run to get a thread, where one is up. */
  waitMs: number
  waitingMax: number
  /** After how much rest a thread's memory is given back. */
  idleMs: number
}

const DEFAULTS = { threads: 2, limitMs: 250, startMs: 10_000, waitMs: 1_000, waitingMax: 1_000, idleMs: 30_000 }

interface Job {
  set: FilterSet
  work: FilterWork
  /** Runs out while it waits, then while it runs. */
  timer: NodeJS.Timeout
  resolve: (answer: PoolAnswer) => void
}

/**
 * Runs filters in a few threads, one run at a time in each. A thread that doesn't answer in time is ended and replaced by a
 * new one; its run, and one that finds no free thread in time, has timed out. Threads run only while there is work and a
 * little longer.
 */
export class FilterPool {
  readonly #options: FilterPoolOptions
  readonly #threads = new Set<FilterThread>()
  readonly #waiting: Job[] = []

  constructor(options: Pick<FilterPoolOptions, 'onTimedOut'> & Partial<FilterPoolOptions>) {
    this.#options = { ...DEFAULTS, ...options }
  }

  run(set: FilterSet, work: FilterWork): Promise<PoolAnswer> {
    const { onTimedOut, waitingMax } = this.#options
    if (this.#waiting.length >= waitingMax) {
      onTimedOut('full')
      return Promise.resolve({ timedOut: 'full' })
    }
    return new Promise((resolve) => {
      const job: Job = { set, work, resolve, timer: setTimeout(() => this.#giveUp(job), this.#waitMs()) }
      this.#waiting.push(job)
      this.#next()
    })
  }

  #waitMs(): number {
    const { waitMs, startMs } = this.#options
    return [...this.#threads].some(({ isUp }) => isUp) ? waitMs : startMs
  }

  #giveUp(job: Job): void {
    const at = this.#waiting.indexOf(job)
    if (at < 0) return
    this.#waiting.splice(at, 1)
    this.#options.onTimedOut('full')
    job.resolve({ timedOut: 'full' })
  }

  #next(): void {
    const job = this.#waiting[0]
    if (job === undefined) return
    const free = this.#freeThread()
    if (free === undefined) return
    this.#waiting.shift()
    clearTimeout(job.timer)
    free.run(job)
  }

  #freeThread(): FilterThread | undefined {
    for (const thread of this.#threads) if (thread.isFree) return thread
    if (this.#threads.size >= this.#options.threads) return undefined
    const thread = new FilterThread(this.#options, {
      onFree: () => this.#next(),
      onEnd: () => {
        this.#threads.delete(thread)
        this.#next()
      },
    })
    this.#threads.add(thread)
    return undefined
  }
}

/** One thread with at most one run. */
class FilterThread {
  readonly #worker: Worker
  readonly #options: FilterPoolOptions
  readonly #events: { onFree: () => void; onEnd: () => void }
  #isUp = false
  #hasEnded = false
  #job: Job | undefined
  #known = new WeakMap<FilterSet, number>()
  #knownCount = 0
  #timer: NodeJS.Timeout

  constructor(options: FilterPoolOptions, events: { onFree: () => void; onEnd: () => void }) {
    this.#options = options
    this.#events = events
    this.#worker = new Worker(WORKER, {
      execArgv: [...WORKER_ARGUMENTS],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MEBIBYTES_MAX },
    })
    this.#worker.unref()
    this.#worker.on('message', (answer: FilterAnswer) => this.#onAnswer(answer))
    this.#worker.on('error', () => this.#end('crash'))
    this.#worker.on('exit', () => this.#end('crash'))
    this.#timer = setTimeout(() => this.#end('crash'), options.startMs)
  }

  get isUp(): boolean {
    return this.#isUp
  }

  get isFree(): boolean {
    return this.#isUp && this.#job === undefined
  }

  run(job: Job): void {
    this.#job = job
    const known = this.#known.get(job.set)
    const order: FilterOrder = { work: job.work, ...(known === undefined ? this.#introduce(job.set) : { known }) }
    const limitMs = this.#options.limitMs * Math.max(1, Math.ceil(lengthOf(job.work) / LENGTH_PER_LIMIT))
    this.#setTimer(known === undefined ? 2 * limitMs : limitMs, () => {
      // An answer that has come while this process was busy is waiting to be read, and counts.
      afterMessages(() => this.#job === job && this.#end('time'))
    })
    this.#worker.postMessage(order)
  }

  #introduce(set: FilterSet): Pick<FilterOrder, 'set' | 'known' | 'forgets'> {
    const forgets = this.#knownCount >= KNOWN_SETS_MAX
    if (forgets) {
      this.#known = new WeakMap()
      this.#knownCount = 0
    }
    const known = this.#knownCount
    this.#known.set(set, known)
    this.#knownCount += 1
    return { set, known, forgets }
  }

  #onAnswer(answer: FilterAnswer): void {
    if (this.#hasEnded) return
    this.#isUp = true
    const job = this.#job
    this.#job = undefined
    this.#setTimer(this.#options.idleMs, () => this.#end('rest'))
    this.#timer.unref()
    if (!('isUp' in answer)) job?.resolve(answer)
    this.#events.onFree()
  }

  #setTimer(delayMs: number, act: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(act, delayMs)
  }

  #end(reason: 'time' | 'crash' | 'rest'): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    clearTimeout(this.#timer)
    void this.#worker.terminate()
    const job = this.#job
    if (job !== undefined && reason !== 'rest') {
      this.#options.onTimedOut(reason)
      job.resolve({ timedOut: reason })
    }
    this.#events.onEnd()
  }
}

/** Of a request; texts have the time for one run, however long. */
function lengthOf(work: FilterWork): number {
  return 'request' in work ? work.request.length : 0
}

import { type CounterKey, counterKeyOf, type LeasePiece, type LeaseRequest } from '../../src/domain/lease-protocol.ts'
import { minNano, type NanoUsd } from '../../src/domain/money.ts'
import { toDate, windowEndMs } from '../../src/domain/windows.ts'
import { encodeDone, encodeOpen, openLine } from '../../src/gateway/journal/journal-record.ts'
import { replayOf } from '../../src/gateway/journal/replay.ts'
import type { HeldPieces } from '../../src/gateway/lease/hold.ts'
import { LeaseBook } from '../../src/gateway/lease/lease-book.ts'
import { LEASE_TIMINGS } from '../../src/gateway/lease/lease-session.ts'
import type { CounterLimit } from '../../src/gateway/lease/purse.ts'
import { toCrashPadding } from '../../src/store/replay-journal.ts'
import { windowsAt } from './memory-authority.ts'
import { endRecord, openRecord, type Scope } from './sim-records.ts'

/** A limit on one counter, all of which is for everybody. */
export const ALONE = { keep: 0n, beside: null, besideLimit: null, revision: 0 }
const WAIT_MS = 4_000
const POST_RECORDS = 20

/** A scope with a limit, as it is in the database. */
export interface LimitedScope extends Scope {
  limit: NanoUsd | null
  version: bigint
}

export function counterOf({ kind, id, interval }: Scope, wallMs: number): CounterKey {
  const window = windowsAt(wallMs).find((each) => each.interval === interval)
  return counterKeyOf({ scopeKind: kind, scopeId: id, kind: 'credit', interval, windowStart: '', ...window })
}

export interface SimRequest {
  id: string
  chain: readonly LimitedScope[]
  hold: NanoUsd
  min: NanoUsd
  cost: NanoUsd
  lastsMs: number
  /** For mutants: the provider bills more than was held; the window is that of another time; only some limits count. */
  isUncapped?: boolean
  windowOffsetMs?: number
  holdsOnly?: Scope['kind']
}

interface Running {
  /** Its `hold` is what was taken. */
  request: SimRequest
  held: HeldPieces
  openJson: string
  endsAt: number
}

interface Waiting {
  request: SimRequest
  until: number
  isAsking: boolean
  isOver: boolean
}

interface Unposted {
  id: string
  line: string
  charges: readonly LeasePiece[]
}

/** What a disk keeps of a replica. */
interface Disk {
  journal: string
  boot: number
  lines: { id: string; text: string; isSynced: boolean }[]
}

/** What a replica's world does for it, and hears of it. */
export interface Surroundings {
  monotonic: () => number
  random: () => number
  request: (request: LeaseRequest) => void
  post: (lines: readonly string[]) => void
  onAdmitted: () => void
  onRefused: (request: SimRequest) => void
  onBilled: (request: SimRequest, isRecorded: boolean) => void
  /** See the mutant. */
  opensFirst: boolean
}

/** An end on its way to the disk. */
interface UnwrittenEnd {
  id: string
  text: string
  request: SimRequest
}

/** One replica: the real lease book, real journal records, and a process that can die. */
export class SimReplica {
  readonly name: string
  readonly #around: Surroundings
  readonly #wallOffsetMs: number
  readonly limits = new Map<string, { limit: NanoUsd | null; version: bigint }>()
  disk: Disk
  book: LeaseBook | undefined
  running = new Map<string, Running>()
  unposted: Unposted[] = []
  #unwritten: UnwrittenEnd[] = []
  /** In the file, and not yet sure to survive a power loss. */
  #unsynced: UnwrittenEnd[] = []
  #afterEnds: (() => void)[] = []
  #waiting: Waiting[] = []
  /** Not yet posted of what processes before this one recorded; undefined when that is done. */
  #replaying: Set<string> | undefined
  #processes = 0

  constructor(name: string, wallOffsetMs: number, around: Surroundings) {
    this.name = name
    this.#wallOffsetMs = wallOffsetMs
    this.#around = around
    this.disk = { journal: `${name}-0`, boot: 0, lines: [] }
  }

  get wallNow(): number {
    return this.#around.monotonic() + this.#wallOffsetMs
  }

  start(): void {
    this.#processes += 1
    this.book = new LeaseBook({
      replica: this.name,
      process: `${this.name}/${this.#processes}`,
      journal: `${this.disk.journal}/${this.disk.boot}`,
      timings: LEASE_TIMINGS,
      monotonic: this.#around.monotonic,
      now: () => this.wallNow,
      random: this.#around.random,
      send: this.#around.request,
      afterEnds: (then) => {
        if (this.#unwritten.length + this.#unsynced.length === 0) then()
        else this.#afterEnds.push(then)
      },
    })
    const { done, unfinished } = replayOf(this.disk.lines.map(({ text }) => text.trimEnd()))
    this.unposted = [...done, ...unfinished.map(toCrashPadding)].map((record) => ({
      id: record.id,
      line: encodeDone(encodeOpen(record), record).toString(),
      charges: record.charges ?? [],
    }))
    this.#replaying = new Set(this.unposted.map(({ id }) => id))
  }

  /** kill -9. What runs is billed by its provider all the same. */
  kill(): void {
    for (const { request } of this.running.values()) this.#around.onBilled(request, false)
    this.running.clear()
    this.#loseEnds(this.#unwritten)
    this.#unwritten = []
    this.#unsynced = []
    this.#afterEnds = []
    this.unposted = []
    this.#waiting = []
    this.book = undefined
  }

  /** The machine loses power: what was written and not synced may be gone. */
  losePower(): void {
    this.#loseEnds(this.#unsynced)
    this.kill()
    const unsynced = this.disk.lines.filter(({ isSynced }) => !isSynced)
    const lost = new Set(unsynced.slice(Math.floor(this.#around.random() * (unsynced.length + 1))))
    this.disk.lines = this.disk.lines.filter((line) => !lost.has(line))
    this.disk.boot += 1
  }

  loseDisk(): void {
    this.kill()
    this.disk = { journal: `${this.disk.journal}+`, boot: this.disk.boot, lines: [] }
  }

  admit(request: SimRequest): void {
    if (this.book === undefined) return
    const waiting = { request, until: this.#around.monotonic() + WAIT_MS, isAsking: false, isOver: false }
    if (!this.#begin(waiting, this.book)) this.#waiting.push(waiting)
  }

  step(): void {
    const { book } = this
    if (book === undefined) return
    const now = this.#around.monotonic()
    for (const [id, running] of this.running) if (now >= running.endsAt) this.#finish(id, running, book)
    this.#waiting = this.#waiting.filter((waiting) => {
      if (waiting.isOver || this.#begin(waiting, book)) return false
      if (now < waiting.until) return true
      waiting.isOver = true
      this.#around.onRefused(waiting.request)
      return false
    })
    if (this.#around.random() < 0.4) this.#commit()
    if (this.unposted.length > 0 && this.#around.random() < 0.6) {
      this.#around.post(this.unposted.slice(0, POST_RECORDS).map(({ line }) => line))
    }
    if (this.#replaying?.size === 0) {
      this.#replaying = undefined
      book.replayed()
    }
    book.tick()
  }

  acknowledge(ids: ReadonlySet<string>): void {
    for (const { id, charges } of this.unposted) if (ids.has(id)) this.book?.posted(charges)
    this.unposted = this.unposted.filter(({ id }) => !ids.has(id))
    this.disk.lines = this.disk.lines.filter(({ id }) => !ids.has(id))
    for (const id of ids) this.#replaying?.delete(id)
  }

  limitOf(scope: LimitedScope): { limit: NanoUsd | null; version: bigint } {
    return this.limits.get(`${scope.kind}|${scope.id}`) ?? scope
  }

  #limitsOf({ chain, windowOffsetMs = 0, holdsOnly }: SimRequest): CounterLimit[] {
    const wallNow = this.wallNow + windowOffsetMs
    return chain.flatMap((scope) => {
      const { limit, version } = this.limitOf(scope)
      const endsAt = windowEndMs(scope.interval, wallNow)
      const counter = counterOf(scope, wallNow)
      return limit === null || (holdsOnly !== undefined && scope.kind !== holdsOnly)
        ? []
        : [{ ...ALONE, organization: 'org', counter, purse: counter, limit, limitVersion: version, endsAt }]
    })
  }

  /** False: it must wait. */
  #begin(waiting: Waiting, book: LeaseBook): boolean {
    const { request } = waiting
    const limits = this.#limitsOf(request)
    const room = limits.length === 0 ? request.hold : minNano(request.hold, book.room(limits))
    const hold = room >= request.min ? room : request.hold
    const held = book.take(limits, hold)
    if (held === undefined) {
      if (!waiting.isAsking) {
        // At once, before what was granted is wanted back.
        const done = () => {
          waiting.isAsking = false
          if (this.book === book && !waiting.isOver) this.#begin(waiting, book)
        }
        waiting.isAsking = book.ask(limits, { min: request.min, hold: request.hold }, done)
      }
      return false
    }
    waiting.isOver = true
    const capped = { ...request, hold, cost: request.isUncapped ? request.cost : minNano(request.cost, hold) }
    const id = `gen-${Math.floor(this.wallNow / 1_000)}-${request.id.padStart(20, '0')}`
    const openJson = encodeOpen(
      openRecord(id, request.chain, { held: hold, leases: held.flat(), replica: this.name, day: toDate(this.wallNow) }),
    )
    if (!this.#around.opensFirst) this.#writeEnds()
    this.disk.lines.push({ id, text: openLine(openJson, held.flat()).toString(), isSynced: false })
    const endsAt = this.#around.monotonic() + request.lastsMs
    this.running.set(id, { request: { ...capped, id }, held, openJson, endsAt })
    this.#around.onAdmitted()
    return true
  }

  #finish(id: string, { request, held, openJson }: Running, book: LeaseBook): void {
    this.running.delete(id)
    const charges = book.settle(held, request.cost)
    const line = encodeDone(openJson, endRecord(request.cost, charges)).toString()
    this.#unwritten.push({ id, text: line, request })
    this.unposted.push({ id, line, charges })
    this.#around.onBilled(request, true)
  }

  /** What they held is charged, unless the database has their ends already. */
  #loseEnds(ends: readonly UnwrittenEnd[]): void {
    for (const { request } of ends)
      this.#around.onBilled({ ...request, hold: request.hold - request.cost, cost: 0n }, false)
  }

  #writeEnds(): void {
    this.disk.lines.push(...this.#unwritten.map(({ id, text }) => ({ id, text, isSynced: false })))
    this.#unsynced.push(...this.#unwritten)
    this.#unwritten = []
  }

  #commit(): void {
    this.#writeEnds()
    this.#unsynced = []
    for (const written of this.disk.lines) written.isSynced = true
    for (const then of this.#afterEnds.splice(0)) then()
  }
}

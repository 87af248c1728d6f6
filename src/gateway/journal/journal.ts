import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { LeasePiece } from '../../domain/lease-protocol.ts'
import { assert } from '../../platform/assert.ts'
import { openLine } from './journal-record.ts'
import { type Replay, replayOf } from './replay.ts'

/*
 * The local record of every inference, in numbered segment files.
 * - `open` is one plain write, made before the request goes upstream: it survives the death of the process.
 * - `done` is written and fdatasynced by group commit: it survives power loss, and only then may the client see the end.
 * - A segment is freed, oldest first, when each of its inferences has ended, each of its ends is in the database, and the
 *   database can no longer forget them (`discardBefore`, called by whoever knows what durable means there).
 * - A failed write leaves a torn line; the next write starts on a new line, and reading skips what has a wrong checksum.
 * - A ballast file is given up when the disk is full, so that inferences already running can still record their end.
 */

const BALLAST = 'ballast'
const NEWLINE = Buffer.from('\n')
/** Whole milliseconds. Syncs begin at least this far apart: alone an end is synced at once, under load several share the cost
 *  of a sync, which is that of a whole small request (docs/adr/0014-what-a-request-may-cost.md). */
const COMMIT_INTERVAL_MS = 10
const BALLAST_BYTES = 1_048_576

export interface JournalOptions {
  directory: string
  /** `full` fdatasyncs each end; `write` trusts the operating system. */
  sync: 'full' | 'write'
  segmentBytesMax: number
  onFailure: (error: Error) => void
  onRecovery: () => void
}

export interface Segment {
  number: number
  path: string
  /** Inferences opened here that have not ended. */
  open: number
  /** Ends recorded here that are not in the database. */
  unposted: number
}

/** An end that waits for its commit. */
interface End {
  line: Buffer
  opened: Segment
  resolve: () => void
  reject: (error: Error) => void
}

export class Journal {
  readonly #options: JournalOptions
  readonly #segments: Segment[] = []
  #current: Segment
  #descriptor: number
  #bytes = 0
  #isTorn = false
  #hasFailed = false
  #waiting: End[] = []
  /** In the file, and not yet synced. */
  #written: End[] = []
  #endCount = 0
  /** Of these, those that are recorded or could not be. */
  #finishedCount = 0
  readonly #onFinished: { count: number; then: () => void }[] = []
  #isCommitting = false
  #isScheduled = false
  #nextCommitAt = 0

  constructor(options: JournalOptions) {
    this.#options = options
    mkdirSync(options.directory, { recursive: true })
    // The folder's own name, and its parent's, must last as long as what is in it.
    for (const folder of [options.directory, dirname(options.directory)]) syncDirectory(dirname(folder))
    for (const number of segmentNumbers(options.directory)) {
      this.#segments.push({ number, path: segmentPath(options.directory, number), open: 0, unposted: 0 })
    }
    const [segment, descriptor] = this.#createSegment((this.#segments.at(-1)?.number ?? 0) + 1)
    this.#current = segment
    this.#descriptor = descriptor
    this.#restoreBallast()
  }

  /** Records that an inference begins, as `encodeOpen` gives it. Throws when it can't be written: then it must not begin. */
  open(json: string, leases: readonly LeasePiece[] = []): Segment {
    const segment = this.#current
    this.#begin(openLine(json, leases))
    segment.open += 1
    return segment
  }

  /** Records an inference that runs already once more, because what it holds is another now: the later record counts. Throws
   *  when it can't be written. */
  openAgain(json: string, leases: readonly LeasePiece[] = []): void {
    this.#begin(openLine(json, leases))
  }

  /** Records the end, as `encodeDone` gives it, of an inference opened in `opened`. Resolves when it survives power loss. */
  done(opened: Segment, line: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#endCount += 1
      this.#waiting.push({ line, opened, resolve, reject })
      this.#schedule()
    })
  }

  /** Calls `then` when each end so far is recorded or could not be; at once where none waits. Until then a crash would charge
   *  all that it held. */
  afterEnds(then: () => void): void {
    if (this.#finishedCount === this.#endCount) then()
    else this.#onFinished.push({ count: this.#endCount, then })
  }

  /** The number of the oldest segment that holds something the database doesn't have. */
  get postedThrough(): number {
    for (const segment of this.#segments) {
      if (segment === this.#current || segment.open > 0 || segment.unposted > 0) return segment.number
    }
    return this.#current.number
  }

  /** Deletes the segments before `number`. They must be posted and the database must not be able to forget them. */
  discardBefore(number: number): void {
    const end = Math.min(number, this.postedThrough)
    while (this.#segments[0] !== undefined && this.#segments[0].number < end) {
      const segment = this.#segments.shift()
      if (segment) unlinkSync(segment.path)
    }
  }

  /** Starts a new segment, so that all before it can become durable and be freed. */
  rotate(): void {
    if (this.#bytes > 0 && !this.#isCommitting && this.#isQuiet) this.#startSegment()
  }

  /** Waits for the running commit, then closes the file. Nothing may be recorded afterwards. */
  async close(): Promise<void> {
    while (this.#isCommitting || this.#isScheduled) await new Promise((resolve) => setImmediate(resolve))
    fdatasyncSync(this.#descriptor)
    closeSync(this.#descriptor)
  }

  get #isQuiet(): boolean {
    return this.#waiting.length === 0 && this.#written.length === 0
  }

  /** Ends that wait come first: what they left of their holds may be what is held now, and a crash must not find it twice. */
  #begin(line: Buffer): void {
    const ends = this.#waiting
    this.#write(ends.length === 0 ? line : Buffer.concat([...ends.map((end) => end.line), line]))
    if (ends.length === 0) return
    this.#written.push(...ends)
    this.#waiting = []
  }

  #schedule(): void {
    if (this.#isCommitting || this.#isScheduled) return
    this.#isScheduled = true
    const commit = () => {
      this.#isScheduled = false
      this.#commit()
    }
    const waitMs = this.#nextCommitAt - performance.now()
    // Whole, because the runtime keeps a list of timers for each duration.
    if (waitMs > 0) setTimeout(commit, Math.ceil(waitMs))
    else setImmediate(commit)
  }

  #commit(): void {
    const unwritten = this.#waiting
    const group = this.#written
    this.#waiting = []
    this.#written = []
    try {
      if (this.#bytes >= this.#options.segmentBytesMax) this.#startSegment()
      if (unwritten.length > 0) this.#writeWithBallast(Buffer.concat(unwritten.map(({ line }) => line)))
      group.push(...unwritten)
    } catch (error) {
      this.#finish(unwritten, error as Error)
    }
    if (group.length === 0) return
    if (this.#options.sync === 'write') {
      this.#finish(group, null)
      return
    }
    this.#isCommitting = true
    this.#nextCommitAt = performance.now() + COMMIT_INTERVAL_MS
    fdatasync(this.#descriptor, (error) => {
      this.#isCommitting = false
      if (error) this.#fail(error)
      this.#finish(group, error)
      if (!this.#isQuiet) this.#schedule()
    })
  }

  #finish(group: readonly End[], error: Error | null): void {
    for (const { opened, resolve, reject } of group) {
      opened.open -= 1
      if (error) reject(error)
      else resolve()
    }
    this.#finishedCount += group.length
    while (this.#onFinished[0] !== undefined && this.#onFinished[0].count <= this.#finishedCount)
      this.#onFinished.shift()?.then()
  }

  #writeWithBallast(lines: Buffer): void {
    try {
      this.#write(lines)
    } catch (error) {
      const path = join(this.#options.directory, BALLAST)
      if (statSync(path, { throwIfNoEntry: false }) === undefined) throw error
      unlinkSync(path)
      this.#write(lines)
    }
  }

  #write(lines: Buffer): void {
    const bytes = this.#isTorn ? Buffer.concat([NEWLINE, lines]) : lines
    let written = 0
    try {
      while (written < bytes.length) written += writeSync(this.#descriptor, bytes, written)
    } catch (error) {
      if (written > 0) this.#isTorn = true
      this.#fail(error as Error)
      throw error
    }
    this.#bytes += written
    this.#isTorn = false
    if (this.#hasFailed) {
      this.#hasFailed = false
      this.#restoreBallast()
      this.#options.onRecovery()
    }
  }

  #fail(error: Error): void {
    if (!this.#hasFailed) this.#options.onFailure(error)
    this.#hasFailed = true
  }

  #startSegment(): void {
    const previous = this.#descriptor
    const [segment, descriptor] = this.#createSegment(this.#current.number + 1)
    if (this.#options.sync === 'full') fdatasyncSync(previous)
    closeSync(previous)
    this.#current = segment
    this.#descriptor = descriptor
    this.#bytes = 0
    this.#isTorn = false
  }

  #createSegment(number: number): [Segment, number] {
    const segment = { number, path: segmentPath(this.#options.directory, number), open: 0, unposted: 0 }
    const descriptor = openSync(segment.path, 'ax')
    syncDirectory(this.#options.directory)
    this.#segments.push(segment)
    return [segment, descriptor]
  }

  #restoreBallast(): void {
    const path = join(this.#options.directory, BALLAST)
    if (statSync(path, { throwIfNoEntry: false })?.size === BALLAST_BYTES) return
    try {
      writeFileSync(path, Buffer.alloc(BALLAST_BYTES, 0x20))
    } catch (error) {
      this.#fail(error as Error)
    }
  }
}

/** Reads every segment in `directory`. Call it before a `Journal` is opened there. */
export function readJournal(directory: string): Replay {
  return replayOf(linesIn(directory))
}

function* linesIn(directory: string): Generator<string> {
  for (const number of segmentNumbers(directory)) {
    yield* readFileSync(segmentPath(directory, number), 'utf8').split('\n')
  }
}

function segmentNumbers(directory: string): number[] {
  const names = readdirSync(directory, { withFileTypes: true })
  const numbers = names.flatMap(({ name }) => (/^\d{10}\.log$/.test(name) ? [Number(name.slice(0, 10))] : []))
  return numbers.sort((a, b) => a - b)
}

function segmentPath(directory: string, number: number): string {
  assert(Number.isSafeInteger(number) && number > 0, 'segment number')
  return join(directory, `${String(number).padStart(10, '0')}.log`)
}

function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

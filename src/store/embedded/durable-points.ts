import { readFileSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { syncDirectory, writeDurably } from './durable-file.ts'
import { formatPosition, type LogShape, type LogStretch, parsePosition, readLog, segmentStart } from './engine-log.ts'
import { type DurablePoint, LogArchive } from './log-archive.ts'
import { writeArchive } from './snapshot-archive.ts'
import type { Snapshot, SnapshotRecord, SnapshotStore } from './snapshot-store.ts'
import type { SnapshotOutcome, SnapshotRequest } from './worker-messages.ts'

/*
 * What the embedded database can lose. The engine syncs nothing, so its files count for nothing after a power loss. Durable
 * are copies: a snapshot is a copy of all files, and of the engine's log from the checkpoint before that copy on. Each durable
 * point copies what the log grew by to every snapshot kept and syncs that, which takes as long as what was written since the
 * last one, however large the database is. To bring a snapshot back the engine plays its log over its files, as after a crash.
 *
 * Files are copied while queries go on. Pages that change meanwhile come out old, new or torn, and are made good by the log,
 * which has the whole page from its first change after a checkpoint (`full_page_writes`) and goes on to the end of the copy at
 * least. No checkpoint is made during the copy, so no segment of the log is reused before it was copied.
 *
 * A new snapshot is begun when the log since the newest one is long in comparison, and the oldest goes.
 */

const CONTROL_FILE = 'global/pg_control'
const NEVER_COPIED = /^postmaster\.pid$|^pg_wal\/(?!archive_status$|summaries$)/
/** The first copy of an installation gets a second beside it this soon. */
const SECOND_AFTER_BYTES = 4 * 1_048_576
const NEXT_AFTER_BYTES = 64 * 1_048_576
/** Of the size of the files. */
const NEXT_AFTER_SHARE = 0.25
const RETRY_AFTER_MS = 60_000
const NOTHING: DurablePoint = { point: 0, mark: '', bootId: '', createdAt: '' }

export interface EngineAccess {
  directory: string
  /** First row of the last statement. Never inside somebody's transaction. */
  firstRow: <Row>(sql: string) => Promise<Row | undefined>
  /** Runs one task at a time, beside queries. Checkpoints are such tasks too. */
  inTurn: <T>(task: () => Promise<T>) => Promise<T>
}

/** A snapshot whose log goes on. */
interface Live {
  record: SnapshotRecord
  log: LogArchive
}

interface Start {
  seq: number
  shape: LogShape
  redo: string
  control: Buffer
}

export class DurablePoints {
  readonly #engine: EngineAccess
  readonly #snapshots: SnapshotStore
  readonly #stopping = new AbortController()
  #live: Live[] | undefined
  /** Kept, but its log doesn't belong to the engine's any more. */
  #ended: Snapshot[] = []
  #known = NOTHING
  #copying: Promise<void> | undefined
  #failure: unknown
  #mayCopyAt = 0

  constructor(engine: EngineAccess, snapshots: SnapshotStore) {
    this.#engine = engine
    this.#snapshots = snapshots
  }

  /** While it is, a checkpoint would let the engine throw away what is still needed. */
  get isCopying(): boolean {
    return this.#copying !== undefined
  }

  /** Makes what was committed so far durable. Waits for a copy of the files only when there is none that could be added to. */
  async take(request: SnapshotRequest): Promise<SnapshotOutcome> {
    const grown = await this.#engine.inTurn(() => this.#append(request))
    if (this.#isCopyDue()) this.#copying = this.#copy().finally(() => (this.#copying = undefined))
    const isFirst = this.#newest() === undefined
    if (isFirst) await this.#copying
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure
    return { bytes: isFirst ? (this.#newest()?.record.bytes ?? 0) : grown, oldestMark: this.#oldest()?.mark ?? '' }
  }

  /** Copies the log, as a task in turn: what comes before a checkpoint may be gone after it. */
  async keepUp(): Promise<void> {
    this.#live ??= await this.#resume()
    await this.#extendAll(await this.#position())
  }

  /** Gives up a copy that is being made: what it would have held is in the logs of the others. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the database is being closed'))
    await this.#copying
    for (const { log } of this.#live ?? []) await log.close()
  }

  #newest(): Live | undefined {
    return this.#live?.at(0)
  }

  /** Of everything kept, so what it doesn't contain is still needed. */
  #oldest(): DurablePoint | undefined {
    const known = [...(this.#live ?? []).flatMap(({ log }) => log.synced ?? []), ...this.#ended.map((one) => one.known)]
    return known.toSorted((a, b) => a.point - b.point)[0]
  }

  /** Returns the bytes that the log grew by; 0 also when there is nothing to add them to. */
  async #append({ mark, bootId, createdAt }: SnapshotRequest): Promise<number> {
    this.#live ??= await this.#resume()
    const to = await this.#position()
    const before = this.#newest()?.log.synced?.to ?? to
    this.#known = { point: this.#known.point + (before < to ? 1 : 0), mark, bootId, createdAt }
    await this.#extendAll(to)
    return Number(to - before)
  }

  async #extendAll(to: bigint): Promise<void> {
    for (const live of this.#live ?? []) {
      try {
        await this.#copyLog(live.log, live.record.log, { from: live.log.last?.to ?? to, to })
      } catch (error) {
        const { code, syscall } = error as { code?: string; syscall?: string }
        // A full disk may have room again. Whatever else failed, what it left in the file can't be relied on.
        if (code !== 'ENOSPC' || syscall !== 'write') await this.#end(live)
        // The engine was killed with more in its log than it keeps at its next start.
        if (code !== 'ENOENT') throw error
      }
    }
  }

  async #end(live: Live): Promise<void> {
    const { log, record } = live
    this.#live = this.#live?.filter((one) => one !== live)
    this.#ended.push({ record, known: log.synced ?? record, archive: { last: undefined, bytes: 0 } })
    await log.close()
  }

  /** Only the last piece goes as far as is known now. */
  async #copyLog(log: LogArchive, shape: LogShape, range: { from: bigint; to: bigint }): Promise<void> {
    const { point, mark, bootId, createdAt } = log.synced ?? NOTHING
    for await (const { from, to, content } of readLog(this.#engine.directory, shape, range)) {
      const known = to === range.to ? this.#known : { point, mark, bootId, createdAt }
      await log.append({ ...known, from, to }, content)
    }
    if (log.synced !== log.last) await log.sync()
  }

  async #position(): Promise<bigint> {
    const row = await this.#engine.firstRow<{ position: string }>('SELECT pg_current_wal_flush_lsn()::text AS position')
    if (!row) throw new Error('the log position is unknown')
    return parsePosition(row.position)
  }

  /** Those snapshots of an earlier run to whose logs the engine's log can be added: where they end it has the same bytes. That run
   *  may have been killed after it had named one and before the name was on the disk. */
  async #resume(): Promise<Live[]> {
    await syncDirectory(this.#snapshots.directory)
    const live: Live[] = []
    const ended: Snapshot[] = []
    for (const snapshot of await this.#snapshots.list()) {
      const { archive, known, record } = snapshot
      this.#known = { ...this.#known, point: Math.max(this.#known.point, known.point) }
      if (record.log === undefined || !archive.last || !(await this.#goesOn(record.log, archive.last)))
        ended.push(snapshot)
      else live.push({ record, log: await LogArchive.resume(this.#snapshots.logPath(record.seq), archive) })
    }
    this.#ended = ended
    return live
  }

  async #goesOn(shape: LogShape, { content, from, to }: LogStretch): Promise<boolean> {
    const begin = segmentStart(shape, to)
    const start = begin > from ? begin : from
    if (start === to) return false
    try {
      for await (const stretch of readLog(this.#engine.directory, shape, { from: start, to })) {
        const offset = Number(stretch.from - from)
        if (!stretch.content.equals(content.subarray(offset, offset + stretch.content.length))) return false
      }
      return true
    } catch {
      return false
    }
  }

  #isCopyDue(): boolean {
    if (this.isCopying || this.#stopping.signal.aborted) return false
    const [newest, second] = this.#live ?? []
    if (newest === undefined) return true
    if (performance.now() < this.#mayCopyAt) return false
    const redo = parsePosition(newest.record.log.redo)
    const logBytes = Number((newest.log.synced?.to ?? redo) - redo)
    const share = newest.record.bytes * NEXT_AFTER_SHARE
    return logBytes >= (second ? Math.max(NEXT_AFTER_BYTES, share) : SECOND_AFTER_BYTES)
  }

  /** Never rejects: the next durable point tells of the failure. */
  async #copy(): Promise<void> {
    const seq = this.#snapshots.nextSeq()
    const partial = `${this.#snapshots.archivePath(seq)}.tmp`
    try {
      const start = await this.#engine.inTurn(() => this.#begin(seq))
      const copy = await writeArchive(this.#engine.directory, partial, {
        isWanted: (path) => !NEVER_COPIED.test(path),
        contents: new Map([[CONTROL_FILE, start.control]]),
        signal: this.#stopping.signal,
      })
      await rename(partial, this.#snapshots.archivePath(seq))
      await this.#engine.inTurn(() => this.#finish(start, copy))
    } catch (error) {
      await this.#snapshots.remove(seq)
      if (this.#stopping.signal.aborted) return
      this.#failure = error
      this.#mayCopyAt = performance.now() + RETRY_AFTER_MS
    }
  }

  /** After the checkpoint the files and the log from there on make the database. */
  async #begin(seq: number): Promise<Start> {
    const at = await this.#engine.firstRow<{ redo: string; timeline: string; segment: string }>(`CHECKPOINT;
      SELECT redo_lsn::text AS redo, lpad(to_hex(timeline_id), 8, '0') AS timeline,
        (SELECT setting FROM pg_settings WHERE name = 'wal_segment_size') AS segment FROM pg_control_checkpoint()`)
    if (!at) throw new Error('the checkpoint is unknown')
    const shape = { timeline: at.timeline.toUpperCase(), segmentBytes: Number(at.segment) }
    return { seq, shape, redo: at.redo, control: readFileSync(join(this.#engine.directory, CONTROL_FILE)) }
  }

  async #finish({ seq, shape, redo }: Start, copy: { bytes: number; sha256: string }): Promise<void> {
    const to = await this.#position()
    this.#known = { ...this.#known, point: this.#known.point + 1 }
    const log = await LogArchive.create(this.#snapshots.logPath(seq))
    try {
      await this.#copyLog(log, shape, { from: segmentStart(shape, parsePosition(redo)), to })
      const record = { seq, ...copy, ...this.#known, log: { ...shape, redo, end: formatPosition(to) } }
      await writeDurably(this.#snapshots.sidecarPath(seq), `${JSON.stringify(record)}\n`)
      await this.#keep({ record, log })
    } catch (error) {
      await log.close()
      throw error
    }
  }

  async #keep(newest: Live): Promise<void> {
    const live = [newest, ...(this.#live ?? [])]
    const kept = await this.#snapshots.prune([...live, ...this.#ended].map(({ record }) => record.seq))
    this.#live = live.filter(({ record }) => kept.includes(record.seq))
    this.#ended = this.#ended.filter(({ record }) => kept.includes(record.seq))
    for (const one of live) if (!this.#live.includes(one)) await one.log.close()
  }
}

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type LogShape, parsePosition, writeLog } from './engine-log.ts'
import { type ArchiveEnd, type DurablePoint, readLogArchive } from './log-archive.ts'
import { extractArchive } from './snapshot-archive.ts'

const KEPT = 2
const NO_LOG: ArchiveEnd = { last: undefined, bytes: 0 }
const SIDECAR = /^(\d{1,12})\.json$/

/** What is known of one snapshot; the file beside its archives. It is written last, so its presence says that the copy of the
 *  files is whole, and that of the log as far as it is needed to open them. */
export interface SnapshotRecord extends DurablePoint {
  seq: number
  sha256: string
  bytes: number
  /** Where the engine's log begins that belongs to the files, and how far it must go at least: they were copied in use. */
  log: LogShape & { redo: string; end: string }
}

/** One of before logs were copied: the files stood still, and their log is among them. */
type WholeRecord = Omit<SnapshotRecord, 'log' | 'point'> & { log?: undefined }

/** A snapshot and how far it goes. */
export interface Snapshot {
  record: SnapshotRecord | WholeRecord
  known: DurablePoint
  archive: ArchiveEnd
}

/** The snapshots of one data directory: `snapshots/<seq>.tar` is a copy of its files, `<seq>.wal` of the engine's log since
 *  then, and `<seq>.json` says what belongs together. */
export class SnapshotStore {
  readonly directory: string

  constructor(dataDirectory: string) {
    this.directory = join(dataDirectory, 'snapshots')
    mkdirSync(this.directory, { recursive: true, mode: 0o700 })
  }

  /** The one that goes farthest first; those of which something is missing are left out. Reads every log. */
  async list(): Promise<Snapshot[]> {
    const seqs = readdirSync(this.directory).flatMap((name) => SIDECAR.exec(name)?.[1] ?? [])
    const found: Snapshot[] = []
    for (const seq of seqs.map(Number)) {
      const snapshot = await this.#read(seq)
      if (snapshot) found.push(snapshot)
    }
    return found.sort((a, b) => b.known.point - a.known.point || b.record.seq - a.record.seq)
  }

  /** Greater than any number used so far, damaged and half-written ones included. */
  nextSeq(): number {
    return 1 + Math.max(0, ...readdirSync(this.directory).map((name) => Number.parseInt(name, 10) || 0))
  }

  archivePath(seq: number): string {
    return join(this.directory, `${seq}.tar`)
  }

  logPath(seq: number): string {
    return join(this.directory, `${seq}.wal`)
  }

  sidecarPath(seq: number): string {
    return join(this.directory, `${seq}.json`)
  }

  /** Keeps the first two and removes everything else, remains of interrupted snapshots included. Returns which it keeps. */
  async prune(seqs: readonly number[]): Promise<number[]> {
    const kept = seqs.slice(0, KEPT)
    const files = new Set(kept.flatMap((seq) => [`${seq}.tar`, `${seq}.wal`, `${seq}.json`]))
    for (const name of readdirSync(this.directory)) {
      if (!files.has(name)) await rm(join(this.directory, name), { force: true, recursive: true })
    }
    return kept
  }

  /** Whatever there is of it, its description first. */
  async remove(seq: number): Promise<void> {
    const paths = [this.sidecarPath(seq), this.logPath(seq), this.archivePath(seq), `${this.archivePath(seq)}.tmp`]
    for (const path of paths) await rm(path, { force: true })
  }

  /** Unpacks into `target`, which must not exist. Throws when the content isn't what was written. */
  async restore({ record }: Snapshot, target: string): Promise<void> {
    const { log, seq, sha256 } = record
    const found = await extractArchive(this.archivePath(seq), target)
    if (found !== sha256) throw new Error(`snapshot ${seq} is damaged: its SHA-256 differs`)
    if (log === undefined) return
    const { last } = await readLogArchive(this.logPath(seq), ({ from }, content) =>
      writeLog(target, log, { from, content }),
    )
    if (last === undefined || last.to < parsePosition(log.end))
      throw new Error(`snapshot ${seq} is damaged: its log ends too early`)
  }

  async #read(seq: number): Promise<Snapshot | undefined> {
    try {
      const record = JSON.parse(readFileSync(this.sidecarPath(seq), 'utf8')) as SnapshotRecord | WholeRecord
      if (record.seq !== seq || statSync(this.archivePath(seq)).size !== record.bytes) return undefined
      if (record.log === undefined) return { record, known: { ...record, point: 0 }, archive: NO_LOG }
      const archive = existsSync(this.logPath(seq)) ? await readLogArchive(this.logPath(seq), () => {}) : NO_LOG
      return { record, known: archive.last ?? record, archive }
    } catch {
      return undefined
    }
  }
}

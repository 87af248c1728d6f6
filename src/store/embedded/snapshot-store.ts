import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { extractArchive } from './snapshot-archive.ts'

const KEPT = 2
const SIDECAR = /^(\d{1,12})\.json$/

/** What is known of one snapshot; the file beside its archive. It is written last, so its presence says that both are whole. */
export interface SnapshotRecord {
  seq: number
  sha256: string
  bytes: number
  bootId: string
  createdAt: string
  /** The caller's word for what the snapshot certainly contains; '' means nothing. */
  mark: string
  /** Where the database's own log stood. */
  lsn: string
}

/** The snapshots of one data directory: `snapshots/<seq>.tar` and `<seq>.json`. */
export class SnapshotStore {
  readonly directory: string

  constructor(dataDirectory: string) {
    this.directory = join(dataDirectory, 'snapshots')
    mkdirSync(this.directory, { recursive: true, mode: 0o700 })
  }

  /** Newest first; those whose archive is missing or has another size are left out. */
  list(): SnapshotRecord[] {
    const seqs = readdirSync(this.directory).flatMap((name) => SIDECAR.exec(name)?.[1] ?? [])
    return seqs
      .map(Number)
      .sort((a, b) => b - a)
      .flatMap((seq) => this.#read(seq) ?? [])
  }

  /** Greater than any number used so far, damaged and half-written ones included. */
  nextSeq(): number {
    return 1 + Math.max(0, ...readdirSync(this.directory).map((name) => Number.parseInt(name, 10) || 0))
  }

  archivePath(seq: number): string {
    return join(this.directory, `${seq}.tar`)
  }

  sidecarPath(seq: number): string {
    return join(this.directory, `${seq}.json`)
  }

  /** The mark of the oldest snapshot kept: whatever it doesn't contain is needed to rebuild from it. '' without any. */
  oldestMark(): string {
    return this.list().at(-1)?.mark ?? ''
  }

  /** Keeps the newest two and removes everything else, remains of interrupted snapshots included. */
  async prune(): Promise<void> {
    const kept = new Set(
      this.list()
        .slice(0, KEPT)
        .flatMap(({ seq }) => [`${seq}.tar`, `${seq}.json`]),
    )
    for (const name of readdirSync(this.directory)) {
      if (!kept.has(name)) await rm(join(this.directory, name), { force: true, recursive: true })
    }
  }

  /** Unpacks into `target`, which must not exist. Throws when the content isn't what was written. */
  async restore(record: SnapshotRecord, target: string): Promise<void> {
    const sha256 = await extractArchive(this.archivePath(record.seq), target)
    if (sha256 !== record.sha256) throw new Error(`snapshot ${record.seq} is damaged: its SHA-256 differs`)
  }

  #read(seq: number): SnapshotRecord | undefined {
    try {
      const record = JSON.parse(readFileSync(this.sidecarPath(seq), 'utf8')) as SnapshotRecord
      const isWhole = record.seq === seq && statSync(this.archivePath(seq)).size === record.bytes
      return isWhole ? record : undefined
    } catch {
      return undefined
    }
  }
}

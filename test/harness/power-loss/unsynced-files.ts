import fs from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getEnvironmentData, type Serializable, setEnvironmentData, threadId } from 'node:worker_threads'
import { type Change, encodeChange, gravesOf, type NameChange, newLogPath, SECTOR_BYTES } from './change-log.ts'

/** The file functions as they were before the recorder replaced them. */
export const real = { ...fs }

/** What the threads of a process share. */
const SHARED = 'power-loss'

interface Shared {
  log: string
  syncCount: SharedArrayBuffer
}

interface OpenFile {
  inode: number
  isAppending: boolean
  /** For the old content: the file itself may be open for writing alone. Opened at the first need. */
  reader: number | undefined
}

/**
 * The open files of one thread under `root`, and which of their sectors have been recorded since their last sync. Each method
 * is called right before the change it is named after.
 */
export class UnsyncedFiles {
  readonly #root: string
  readonly #graves: string
  readonly #log: number
  readonly #open = new Map<number, OpenFile>()
  readonly #recorded = new Map<number, { sectors: Set<number>; hasSize: boolean }>()
  /** Of all threads: a sync in another one may have been of a file that this one writes too. */
  readonly #syncCount: Int32Array
  #seenSyncCount = 0
  #lastNumber = 0

  constructor(root: string, logDirectory: string) {
    this.#root = resolve(root)
    this.#graves = gravesOf(logDirectory)
    real.mkdirSync(this.#graves, { recursive: true })
    const shared = (getEnvironmentData(SHARED) as unknown as Shared | undefined) ?? {
      log: newLogPath(logDirectory),
      syncCount: new SharedArrayBuffer(4),
    }
    setEnvironmentData(SHARED, shared as unknown as Serializable)
    this.#log = real.openSync(shared.log, 'a')
    this.#syncCount = new Int32Array(shared.syncCount)
  }

  isInside(path: unknown): boolean {
    return this.#isRootOrInside(path) && resolve(String(textOf(path))) !== this.#root
  }

  isOpen(descriptor: number): boolean {
    return this.#find(descriptor) !== undefined
  }

  opens(path: unknown, flags: number): void {
    if (!this.isInside(path)) return
    if (flags & (fs.constants.O_SYNC | fs.constants.O_DSYNC)) throw new Error('power loss: O_SYNC is not recorded')
    const stats = real.statSync(String(textOf(path)), { throwIfNoEntry: false })
    if (!stats) {
      if (flags & fs.constants.O_CREAT) this.#logName('create', path)
    } else if (flags & fs.constants.O_TRUNC && stats.size > 0 && !(flags & fs.constants.O_EXCL)) {
      this.truncatesPath(path, 0)
    }
  }

  opened(path: unknown, descriptor: number, flags: number): void {
    if (!this.#isRootOrInside(path)) return
    const inode = real.fstatSync(descriptor).ino
    this.#open.set(descriptor, { inode, isAppending: (flags & fs.constants.O_APPEND) !== 0, reader: undefined })
  }

  closes(descriptor: number): void {
    const reader = this.#open.get(descriptor)?.reader
    if (reader !== undefined) real.closeSync(reader)
    this.#open.delete(descriptor)
  }

  /** `position` null or negative: where the descriptor stands. */
  writes(descriptor: number, bytes: number, position: number | bigint | null | undefined): void {
    const file = this.#find(descriptor)
    if (!file || bytes === 0) return
    const { size } = real.fstatSync(descriptor)
    const isGiven = position !== null && position !== undefined && position >= 0
    const offset = file.isAppending ? size : isGiven ? Number(position) : positionOf(descriptor)
    if (offset + bytes > size) this.#logSize(file.inode, size, false)
    this.#logSectors({ inode: file.inode, size, reader: this.#readerOf(descriptor, file) }, offset, offset + bytes)
  }

  truncates(descriptor: number, newSize: number): void {
    const file = this.#find(descriptor)
    if (file) this.#logTruncation(file.inode, this.#readerOf(descriptor, file), newSize)
  }

  truncatesPath(path: unknown, newSize: number): void {
    if (!this.isInside(path)) return
    const reader = real.openSync(String(textOf(path)), 'r')
    this.#logTruncation(real.fstatSync(reader).ino, reader, newSize)
    real.closeSync(reader)
  }

  makesDirectory(path: unknown): void {
    if (this.isInside(path)) this.#logName('make-directory', path)
  }

  removesDirectory(path: unknown): void {
    if (!this.isInside(path)) return
    const stats = real.statSync(String(textOf(path)), { throwIfNoEntry: false })
    if (stats) this.#logName('remove-directory', path, { removed: stats.ino })
  }

  removes(path: unknown): void {
    if (this.isInside(path)) this.#logName('remove', path, this.#bury(path))
  }

  renames(from: unknown, to: unknown): void {
    if (!this.isInside(from) && !this.isInside(to)) return
    const [source, target] = [resolve(String(textOf(from))), resolve(String(textOf(to)))]
    if (dirname(source) !== dirname(target)) throw new Error('power loss: a rename between directories is not recorded')
    if (!real.existsSync(source)) return
    this.#logName('rename', target, { from: basename(source), ...this.#bury(target) })
  }

  /** Returns what to call when the sync has succeeded; undefined for a descriptor that isn't watched. */
  syncs(descriptor: number): (() => void) | undefined {
    const file = this.#find(descriptor)
    if (!file) return undefined
    const number = this.#nextNumber()
    this.#append({ type: 'sync', inode: file.inode, number })
    this.#noticeSyncs()
    this.#recorded.delete(file.inode)
    Atomics.add(this.#syncCount, 0, 1)
    this.#seenSyncCount += 1
    return () => this.#append({ type: 'synced', number })
  }

  #isRootOrInside(path: unknown): boolean {
    const text = textOf(path)
    if (text === undefined) return false
    const below = relative(this.#root, resolve(text))
    return below !== '..' && !below.startsWith(`..${sep}`)
  }

  #find(descriptor: number): OpenFile | undefined {
    const file = this.#open.get(descriptor)
    if (file && real.fstatSync(descriptor).ino !== file.inode)
      throw new Error('power loss: a descriptor was closed unseen')
    return file
  }

  #readerOf(descriptor: number, file: OpenFile): number {
    file.reader ??= real.openSync(`/proc/self/fd/${descriptor}`, 'r')
    return file.reader
  }

  #noticeSyncs(): void {
    const count = Atomics.load(this.#syncCount, 0)
    if (count !== this.#seenSyncCount) this.#recorded.clear()
    this.#seenSyncCount = count
  }

  #recordedOf(inode: number): { sectors: Set<number>; hasSize: boolean } {
    this.#noticeSyncs()
    const recorded = this.#recorded.get(inode) ?? { sectors: new Set<number>(), hasSize: false }
    this.#recorded.set(inode, recorded)
    return recorded
  }

  /** Growing is recorded once; each truncation is, because the disk may show any of the sizes there were. */
  #logSize(inode: number, size: number, always: boolean): void {
    const recorded = this.#recordedOf(inode)
    if (recorded.hasSize && !always) return
    this.#append({ type: 'size', inode, size })
    recorded.hasSize = true
  }

  #logTruncation(inode: number, reader: number, newSize: number): void {
    const { size } = real.fstatSync(reader)
    this.#logSize(inode, size, true)
    if (newSize < size) this.#logSectors({ inode, size, reader }, newSize, size)
  }

  #logSectors(file: { inode: number; size: number; reader: number }, begin: number, end: number): void {
    const { sectors } = this.#recordedOf(file.inode)
    const last = Math.ceil(end / SECTOR_BYTES)
    for (let sector = Math.floor(begin / SECTOR_BYTES); sector < last; sector++) {
      if (sectors.has(sector)) continue
      const first = sector
      for (; sector < last && !sectors.has(sector); sector++) sectors.add(sector)
      const [offset, length] = [first * SECTOR_BYTES, (sector - first) * SECTOR_BYTES]
      const content = Buffer.alloc(Math.max(0, Math.min(length, file.size - offset)))
      const bytes = content.length === 0 ? 0 : real.readSync(file.reader, content, 0, content.length, offset)
      this.#append({ type: 'data', inode: file.inode, offset, length, bytes }, content.subarray(0, bytes))
    }
  }

  #logName(kind: NameChange['kind'], path: unknown, more: Partial<NameChange> = {}): void {
    const full = resolve(String(textOf(path)))
    const parent = real.statSync(dirname(full), { throwIfNoEntry: false })
    if (parent) this.#append({ type: 'name', kind, inode: parent.ino, name: basename(full), ...more })
  }

  /** A second name for the file behind `path`, so that removing the first can be undone; nothing when there is none. */
  #bury(path: unknown): { grave?: string } {
    const full = String(textOf(path))
    const stats = real.lstatSync(full, { throwIfNoEntry: false })
    if (!stats || stats.isDirectory()) return {}
    const grave = this.#nextNumber()
    real.linkSync(full, join(this.#graves, grave))
    return { grave }
  }

  #nextNumber(): string {
    this.#lastNumber += 1
    return `${process.pid}-${threadId}-${this.#lastNumber}`
  }

  /** One write of a file opened for appending: records of several threads don't mix. */
  #append(change: Change, content?: Buffer): void {
    const bytes = encodeChange(change, content)
    if (real.writeSync(this.#log, bytes) !== bytes.length) throw new Error('power loss: the record was cut off')
  }
}

/** The position of a descriptor, which Linux tells and Node does not. */
function positionOf(descriptor: number): number {
  const info = real.readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8')
  const position = /^pos:\s*(\d+)$/m.exec(info)?.[1]
  if (position === undefined) throw new Error('power loss: the position of a descriptor is unknown')
  return Number(position)
}

function textOf(path: unknown): string | undefined {
  if (typeof path === 'string') return path
  if (path instanceof URL) return fileURLToPath(path)
  return Buffer.isBuffer(path) ? path.toString() : undefined
}

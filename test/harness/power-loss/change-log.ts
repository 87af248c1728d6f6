import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/*
 * What a watched process has written and not yet synced, as records that its recorder appends before each change. Files and
 * directories are named by inode, so that a rename in between changes nothing. `losePower` reads it when the process is gone.
 */

/** Data is undone in pieces of this many bytes: what a disk writes at once. */
export const SECTOR_BYTES = 512

/** Sectors of a file as they were: `bytes` of content at `offset`, nothing behind it up to `length`. */
interface DataChange {
  type: 'data'
  inode: number
  offset: number
  length: number
  bytes: number
}

/** The file had this size. */
interface SizeChange {
  type: 'size'
  inode: number
  size: number
}

/** A name in the directory `inode` is about to change. `grave` keeps what the name stood for. */
export interface NameChange {
  type: 'name'
  kind: 'create' | 'make-directory' | 'remove' | 'remove-directory' | 'rename'
  inode: number
  name: string
  /** `rename`: the name it had in the same directory. */
  from?: string
  /** `remove`, and `rename` over another file: file in `gravesOf` that is a second name of the lost one. */
  grave?: string
  /** `remove-directory`: the inode of the one removed. */
  removed?: number
}

/** A sync of the file or directory begins; when `synced` with its number follows, all before it is durable. */
interface SyncBegin {
  type: 'sync'
  inode: number
  number: string
}

interface SyncEnd {
  type: 'synced'
  number: string
}

export type Change = DataChange | SizeChange | NameChange | SyncBegin | SyncEnd

/** A record, with the old content that a `data` record carries. */
export interface LoggedChange {
  change: Change
  content: Buffer
}

/** A new log for a process that starts now: one each, because the last record of a killed process may be cut off. */
export function newLogPath(logDirectory: string): string {
  return join(logDirectory, `${String(Date.now()).padStart(16, '0')}-${process.pid}.log`)
}

/** The records of all processes, oldest first. */
export function readChanges(logDirectory: string): LoggedChange[] {
  if (!existsSync(logDirectory)) return []
  const logs = readdirSync(logDirectory).filter((name) => name.endsWith('.log'))
  return logs.sort().flatMap((name) => decodeChanges(readFileSync(join(logDirectory, name))))
}

export function gravesOf(logDirectory: string): string {
  return join(logDirectory, 'graves')
}

export function encodeChange(change: Change, content: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(change)}\n`), content])
}

/** A record cut off by the end of the process is left out: its change has not happened. */
function decodeChanges(log: Buffer): LoggedChange[] {
  const changes: LoggedChange[] = []
  for (let at = 0; at < log.length; ) {
    const end = log.indexOf(0x0a, at)
    if (end < 0) break
    const change = JSON.parse(log.toString('utf8', at, end)) as Change
    const bytes = change.type === 'data' ? change.bytes : 0
    if (end + 1 + bytes > log.length) break
    changes.push({ change, content: log.subarray(end + 1, end + 1 + bytes) })
    at = end + 1 + bytes
  }
  return changes
}

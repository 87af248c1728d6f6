/**
 * Preloaded into a process (`--import`, its worker threads included): records in POWER_LOSS_LOG what the process changes
 * under POWER_LOSS_ROOT and has not synced, so that `losePower` can take it back once the process was killed. A change in a
 * way that isn't recorded throws: it would pass as durable. The directory of POWER_LOSS_STALL
 * (`<path>*<ending>`) is never synced once a name in it ends so: who is killed then has given names that are not on the disk.
 */
import fs from 'node:fs'
import { type FileHandle, open as openHandle } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { real, UnsyncedFiles } from './unsynced-files.ts'

const { POWER_LOSS_ROOT: root, POWER_LOSS_LOG: log } = process.env
if (!root || !log) throw new Error('POWER_LOSS_ROOT and POWER_LOSS_LOG must be set')
const files = new UnsyncedFiles(root, log)
const realPromises = { ...fs.promises }

type Path = fs.PathLike
type Position = number | null | undefined
type Mode = number | string | null | undefined
type Callback = (error: NodeJS.ErrnoException | null, ...results: unknown[]) => void

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = fs.constants
const FLAGS: Readonly<Record<string, number>> = {
  r: O_RDONLY,
  'r+': O_RDWR,
  w: O_WRONLY | O_CREAT | O_TRUNC,
  wx: O_WRONLY | O_CREAT | O_TRUNC | O_EXCL,
  'w+': O_RDWR | O_CREAT | O_TRUNC,
  'wx+': O_RDWR | O_CREAT | O_TRUNC | O_EXCL,
  a: O_WRONLY | O_CREAT | O_APPEND,
  ax: O_WRONLY | O_CREAT | O_APPEND | O_EXCL,
  'a+': O_RDWR | O_CREAT | O_APPEND,
  'ax+': O_RDWR | O_CREAT | O_APPEND | O_EXCL,
}

function flagsOf(flags: unknown): number {
  if (typeof flags === 'number') return flags
  const number = FLAGS[typeof flags === 'string' ? flags : 'r']
  if (number === undefined) throw new Error(`power loss: opening with ${String(flags)} is not recorded`)
  return number
}

function openSync(path: Path, flags?: unknown, mode?: Mode): number {
  const number = flagsOf(flags)
  files.opens(path, number)
  const descriptor = real.openSync(path, number, mode)
  files.opened(path, descriptor, number)
  return descriptor
}

function closeSync(descriptor: number): void {
  files.closes(descriptor)
  real.closeSync(descriptor)
}

/** The three ways to say what is written: (bytes, offset, length, position), (bytes, options), (text, position, encoding). */
function toPiece(
  data: NodeJS.ArrayBufferView | string,
  rest: readonly unknown[],
): { bytes: Buffer; position: Position } {
  const [first, second, third] = rest
  if (typeof data === 'string') {
    return { bytes: Buffer.from(data, (second ?? 'utf8') as BufferEncoding), position: first as Position }
  }
  const all = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  const given = (typeof first === 'object' && first !== null ? first : {}) as Record<string, Position>
  const offset = (typeof first === 'number' ? first : given['offset']) ?? 0
  const length = (second as Position) ?? given['length'] ?? all.length - offset
  return { bytes: all.subarray(offset, offset + length), position: (third as Position) ?? given['position'] }
}

function writeSync(descriptor: number, data: NodeJS.ArrayBufferView | string, ...rest: unknown[]): number {
  if (!files.isOpen(descriptor)) return Reflect.apply(real.writeSync, fs, [descriptor, data, ...rest])
  const { bytes, position } = toPiece(data, rest)
  files.writes(descriptor, bytes.length, position)
  return real.writeSync(descriptor, bytes, 0, bytes.length, position)
}

function writeFileSync(
  path: Path | number,
  data: string | NodeJS.ArrayBufferView,
  options?: fs.WriteFileOptions,
): void {
  if (typeof path === 'number' || !files.isInside(path)) {
    real.writeFileSync(path, data, options)
    return
  }
  const { flag, mode, encoding } = typeof options === 'object' && options !== null ? options : { encoding: options }
  const descriptor = openSync(path, flag ?? 'w', mode ?? 0o666)
  try {
    const bytes = typeof data === 'string' ? Buffer.from(data, encoding ?? 'utf8') : toPiece(data, []).bytes
    for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written)
  } finally {
    closeSync(descriptor)
  }
}

function syncWith(sync: (descriptor: number) => void, descriptor: number): void {
  const done = files.syncs(descriptor)
  sync(descriptor)
  done?.()
}

function remove(path: string): void {
  if (real.lstatSync(path).isDirectory()) {
    for (const name of real.readdirSync(path)) remove(join(path, name))
    files.removesDirectory(path)
    real.rmdirSync(path)
  } else {
    files.removes(path)
    real.unlinkSync(path)
  }
}

function rmSync(path: Path, options: fs.RmOptions = {}): void {
  const stats = files.isInside(path) ? real.lstatSync(path, { throwIfNoEntry: false }) : undefined
  if (!stats || (stats.isDirectory() && options.recursive !== true)) real.rmSync(path, options)
  else remove(String(path))
}

function mkdirSync(path: Path, options?: fs.MakeDirectoryOptions | Mode): string | undefined {
  const isRecursive = typeof options === 'object' && options?.recursive === true
  if (isRecursive && files.isInside(path) && !real.existsSync(join(String(path), '..'))) {
    mkdirSync(join(String(path), '..'), options)
  }
  if (!real.existsSync(path)) files.makesDirectory(path)
  return real.mkdirSync(path, options as fs.MakeDirectoryOptions)
}

const recordedSync = {
  openSync,
  closeSync,
  writeSync,
  writeFileSync,
  rmSync,
  mkdirSync,
  fsyncSync: (descriptor: number) => syncWith(real.fsyncSync, descriptor),
  fdatasyncSync: (descriptor: number) => syncWith(real.fdatasyncSync, descriptor),
  ftruncateSync: (descriptor: number, length = 0) => {
    files.truncates(descriptor, length)
    real.ftruncateSync(descriptor, length)
  },
  truncateSync: (path: Path, length = 0) => {
    files.truncatesPath(path, length)
    real.truncateSync(path, length)
  },
  renameSync: (from: Path, to: Path) => {
    files.renames(from, to)
    real.renameSync(from, to)
  },
  unlinkSync: (path: Path) => {
    files.removes(path)
    real.unlinkSync(path)
  },
  rmdirSync: (path: Path) => {
    files.removesDirectory(path)
    real.rmdirSync(path)
  },
}

function syncing(sync: (descriptor: number, callback: fs.NoParamCallback) => void) {
  return (descriptor: number, callback: fs.NoParamCallback) => {
    const done = files.syncs(descriptor)
    sync(descriptor, (error) => {
      if (!error) done?.()
      callback(error)
    })
  }
}

const recordedCallback = {
  fsync: syncing(real.fsync),
  fdatasync: syncing(real.fdatasync),
  close: (descriptor: number, callback?: fs.NoParamCallback) => {
    files.closes(descriptor)
    real.close(descriptor, callback)
  },
  open: (path: Path, ...rest: unknown[]) => {
    const callback = rest.pop() as Callback
    const flags = flagsOf(rest[0])
    files.opens(path, flags)
    real.open(path, flags, rest[1] as Mode, (error, descriptor) => {
      if (!error) files.opened(path, descriptor, flags)
      callback(error, descriptor)
    })
  },
  write: (descriptor: number, data: NodeJS.ArrayBufferView | string, ...rest: unknown[]): void => {
    if (!files.isOpen(descriptor)) {
      Reflect.apply(real.write, fs, [descriptor, data, ...rest])
      return
    }
    const { bytes, position } = toPiece(data, rest.slice(0, -1))
    files.writes(descriptor, bytes.length, position)
    real.write(descriptor, bytes, 0, bytes.length, position, rest.at(-1) as Callback)
  },
}

const recordedPromises = {
  open: async (path: Path, flags?: string | number, mode?: fs.Mode): Promise<FileHandle> => {
    const number = flagsOf(flags)
    files.opens(path, number)
    const handle = await realPromises.open(path, number, mode)
    files.opened(path, handle.fd, number)
    return handle
  },
  writeFile: async (path: Path, data: string | Buffer, options?: fs.WriteFileOptions) =>
    writeFileSync(path, data, options),
  rm: async (path: Path, options?: fs.RmOptions) => rmSync(path, options),
  mkdir: async (path: Path, options?: fs.MakeDirectoryOptions) => mkdirSync(path, options),
  rename: async (from: Path, to: Path) => recordedSync.renameSync(from, to),
  unlink: async (path: Path) => recordedSync.unlinkSync(path),
  rmdir: async (path: Path) => recordedSync.rmdirSync(path),
}

const handle = await openHandle('/dev/null')
const prototype = Object.getPrototypeOf(handle) as FileHandle
await handle.close()
const realHandle = { sync: prototype.sync, datasync: prototype.datasync, close: prototype.close }
const realHandleWrite = prototype.write as (bytes: Buffer, ...place: unknown[]) => Promise<{ bytesWritten: number }>
const [stalledDirectory = '', stalledEnding = ''] = (process.env['POWER_LOSS_STALL'] ?? '').split('*')
function isStalled(descriptor: number): boolean {
  return (
    stalledDirectory !== '' &&
    real.readlinkSync(`/proc/self/fd/${descriptor}`) === stalledDirectory &&
    real.readdirSync(stalledDirectory).some((name) => name.endsWith(stalledEnding))
  )
}

const recordedHandle = {
  async sync(this: FileHandle): Promise<void> {
    if (isStalled(this.fd)) await new Promise(() => {})
    const done = files.syncs(this.fd)
    await realHandle.sync.call(this)
    done?.()
  },
  async datasync(this: FileHandle): Promise<void> {
    const done = files.syncs(this.fd)
    await realHandle.datasync.call(this)
    done?.()
  },
  async close(this: FileHandle): Promise<void> {
    files.closes(this.fd)
    await realHandle.close.call(this)
  },
  async write(this: FileHandle, data: NodeJS.ArrayBufferView | string, ...rest: unknown[]) {
    const { bytes, position } = toPiece(data, rest)
    files.writes(this.fd, bytes.length, position)
    return await realHandleWrite.call(this, bytes, 0, bytes.length, position)
  },
  async writeFile(this: FileHandle, data: NodeJS.ArrayBufferView | string): Promise<void> {
    const { bytes } = toPiece(data, [])
    for (let written = 0; written < bytes.length; ) {
      written += (await recordedHandle.write.call(this, bytes.subarray(written))).bytesWritten
    }
  },
}

/** Functions that change files in a way that isn't recorded: none may touch what is watched. */
const UNRECORDED = [
  ...['appendFile', 'copyFile', 'cp', 'ftruncate', 'link', 'mkdir', 'mkdtemp', 'rename', 'rm', 'rmdir', 'symlink'],
  ...['truncate', 'unlink', 'writeFile', 'writev'],
]

type AnyFunction = (...args: unknown[]) => unknown

function forbidden(name: string, original: AnyFunction): AnyFunction {
  return function (this: unknown, ...args: unknown[]) {
    const isWatched = args.some((arg) => (typeof arg === 'number' ? files.isOpen(arg) : files.isInside(arg)))
    if (isWatched) throw new Error(`power loss: ${name} is not recorded`)
    return Reflect.apply(original, this, args)
  }
}

function forbidUnrecorded(module: Record<string, unknown>, recorded: object, suffix: string): void {
  for (const name of UNRECORDED.map((stem) => stem + suffix)) {
    const original = module[name]
    if (typeof original !== 'function' || Object.hasOwn(recorded, name)) continue
    module[name] = forbidden(name, original as AnyFunction)
  }
}

forbidUnrecorded(fs as unknown as Record<string, unknown>, recordedSync, 'Sync')
forbidUnrecorded(fs as unknown as Record<string, unknown>, recordedCallback, '')
forbidUnrecorded(fs.promises as unknown as Record<string, unknown>, recordedPromises, '')
for (const name of ['appendFile', 'createWriteStream', 'truncate', 'writev'] as const) {
  const original = prototype[name] as AnyFunction
  Object.assign(prototype, {
    [name](this: FileHandle, ...args: unknown[]) {
      if (files.isOpen(this.fd)) throw new Error(`power loss: FileHandle.${name} is not recorded`)
      return Reflect.apply(original, this, args)
    },
  })
}
Object.assign(fs, recordedSync, recordedCallback)
Object.assign(fs.promises, recordedPromises)
Object.assign(prototype, recordedHandle)
syncBuiltinESMExports()

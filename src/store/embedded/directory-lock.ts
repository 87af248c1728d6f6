import { createHash, randomBytes } from 'node:crypto'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Clock, systemClock } from '../../platform/clock.ts'
import { type MachineIdentity, mayBeAlive, readMachine, readStartTicks } from './machine.ts'

/*
 * One process per data directory. The embedded database doesn't notice a second one; both would write and lose data.
 *
 * The lock is the file `lock.<n>` with the highest n. Taking it means creating `lock.<n+1>` with O_EXCL, so of any number of
 * processes that find the same holder gone exactly one gets it; nobody ever removes the highest file, a release marks it.
 * The holder also listens on a Unix socket and touches its file every heartbeat.
 *
 * A holder is gone when it released the lock, or certainly dead: the same boot and process namespace, and the pid is unused or
 * was started at another time; or an earlier boot of this machine on a disk that only one machine can mount. Otherwise (another
 * container on the volume, a network disk) it is gone when its socket refuses and its heartbeat has stood still for `staleMs`.
 * What another machine holds is never taken over. Age alone never decides: a busy or stopped process still has its socket.
 */

const LOCK_FILE = /^lock\.(\d{1,15})$/
const SOCKET_FILE = /^(?:lock|switchyard-[0-9a-f]{12})-[0-9a-f]{12}\.sock$/
const SOCKET_PATH_BYTES_MAX = 100
const CONNECT_TIMEOUT_MS = 500
const ATTEMPTS_MAX = 50
const HEARTBEAT_MS = 2_000
const STALE_MS = 15_000
/** statfs types of ext2-4, xfs, btrfs, f2fs, zfs, bcachefs, overlayfs, tmpfs: one kernel at a time has them mounted. */
const ONE_KERNEL_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x2fc12fc1, 0xca451a4e, 0x794c7630, 0x01021994,
])

export interface DirectoryLockOptions {
  directory: string
  machine?: MachineIdentity
  /** Takes the lock whoever holds it. */
  isForced?: boolean
  heartbeatMs?: number
  staleMs?: number
  clock?: Clock
  /** The lock was forced away: this process must stop writing at once. */
  onLost?: (message: string) => void
  /** A silent holder is being watched, which takes up to `staleMs`. */
  onWait?: (message: string) => void
}

export interface LockHolder {
  machineId: string
  bootId: string
  host: string
  pid: number
  pidNamespace: string
  startTicks?: string | undefined
  since: string
  socket: string
  isReleased?: boolean
}

/** Another process has the directory. */
export class DirectoryLocked extends Error {
  readonly holder: LockHolder | undefined

  constructor(directory: string, holder: LockHolder | undefined, why: string) {
    const who = holder
      ? `process ${holder.pid} on ${holder.host} since ${holder.since}`
      : 'a process that has not written its name yet'
    super(
      `The data directory ${directory} is in use by ${who} (${why}). Stop that process first. If you are certain that it no ` +
        'longer runs, start once with --force-unlock; if it does run, both will write the same database and data will be lost.',
    )
    this.name = 'DirectoryLocked'
    this.holder = holder
  }
}

export interface DirectoryLock {
  release: () => Promise<void>
}

/** Resolves when this process owns the directory (created if it isn't there), else throws DirectoryLocked. */
export async function acquireDirectoryLock(options: DirectoryLockOptions): Promise<DirectoryLock> {
  const directory = resolve(options.directory)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const machine = options.machine ?? readMachine()
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const current = highestLock(directory)
    const holder = current > 0 ? readHolder(directory, current) : undefined
    if (current > 0 && options.isForced !== true)
      await requireGone(options, machine, { directory, number: current, holder })
    const lock = await tryTake({ options, directory, number: current + 1, machine })
    if (lock) return lock
  }
  throw new DirectoryLocked(directory, readHolder(directory, highestLock(directory)), 'the lock keeps changing hands')
}

interface FoundLock {
  directory: string
  number: number
  holder: LockHolder | undefined
}

async function requireGone(options: DirectoryLockOptions, machine: MachineIdentity, found: FoundLock): Promise<void> {
  const { directory, holder } = found
  if (holder?.isReleased === true) return
  if (holder) {
    if (holder.machineId !== machine.machineId && holder.bootId !== machine.bootId) {
      throw new DirectoryLocked(directory, holder, 'on another machine, which cannot be asked from here')
    }
    if (isCertainlyDead(directory, holder, machine)) return
    if (await answers(holder.socket)) throw new DirectoryLocked(directory, holder, 'it answers')
  }
  const staleMs = options.staleMs ?? STALE_MS
  options.onWait?.(`waiting up to ${Math.ceil(staleMs / 1_000)} s for signs of life of the last user of ${directory}`)
  const isStill = await standsStill(join(directory, `lock.${found.number}`), staleMs, options.clock ?? systemClock)
  if (!isStill)
    throw new DirectoryLocked(
      directory,
      readHolder(directory, highestLock(directory)) ?? holder,
      'it shows signs of life',
    )
}

function isCertainlyDead(directory: string, holder: LockHolder, machine: MachineIdentity): boolean {
  if (holder.bootId !== machine.bootId) return ONE_KERNEL_FILE_SYSTEMS.has(statfsSync(directory).type)
  if (holder.pidNamespace !== machine.pidNamespace) return false
  if (!mayBeAlive(holder.pid)) return true
  const startTicks = readStartTicks(holder.pid)
  return holder.startTicks !== undefined && startTicks !== undefined && startTicks !== holder.startTicks
}

/** False only when nobody can be listening there. */
function answers(socketPath: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(socketPath)
    const finish = (isAnswered: boolean): void => {
      socket.destroy()
      done(isAnswered)
    }
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => finish(true))
    socket.once('connect', () => finish(true))
    socket.once('error', (error: NodeJS.ErrnoException) =>
      finish(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    )
  })
}

/** Whether the heartbeat has stood still for `staleMs`: by its age if the clock allows that conclusion, else by watching. */
async function standsStill(path: string, staleMs: number, clock: Clock): Promise<boolean> {
  const first = heartbeatOf(path)
  if (first === undefined) return true
  const ageMs = clock.now() - first
  if (ageMs > staleMs) return true
  const until = clock.monotonic() + staleMs - Math.max(0, ageMs)
  while (clock.monotonic() < until) {
    await sleep(Math.min(200, staleMs / 10))
    const now = heartbeatOf(path)
    if (now !== undefined && now !== first) return false
  }
  return true
}

function heartbeatOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs
}

function highestLock(directory: string): number {
  return Math.max(0, ...readdirSync(directory).map((name) => Number(LOCK_FILE.exec(name)?.[1] ?? 0)))
}

/** Undefined when the file is gone or not written completely. */
function readHolder(directory: string, number: number): LockHolder | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, `lock.${number}`), 'utf8')) as LockHolder
  } catch {
    return undefined
  }
}

interface Candidate {
  options: DirectoryLockOptions
  directory: string
  number: number
  machine: MachineIdentity
}

/** Undefined when another process was faster. */
async function tryTake(candidate: Candidate): Promise<DirectoryLock | undefined> {
  const { directory, number, machine, options } = candidate
  const socket = socketPath(directory)
  const server = await listen(socket)
  const since = new Date((options.clock ?? systemClock).now()).toISOString()
  const holder: LockHolder = { ...machine, since, socket }
  const path = join(directory, `lock.${number}`)
  if (!createExclusively(path, JSON.stringify(holder))) {
    await close(server)
    return undefined
  }
  if (highestLock(directory) !== number) {
    rmSync(path, { force: true })
    await close(server)
    return undefined
  }
  const previous = readHolder(directory, number - 1)
  removeLeftovers(directory, number, [socket, previous?.socket])
  return hold(candidate, server, holder)
}

function createExclusively(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Only what is older than our own lock: what others create after it is theirs to judge. */
function removeLeftovers(directory: string, number: number, [own, previous]: [string, string | undefined]): void {
  for (const name of readdirSync(directory)) {
    const other = Number(LOCK_FILE.exec(name)?.[1] ?? number)
    const isDeadSocket = SOCKET_FILE.test(name) && join(directory, name) !== own
    if (other < number || isDeadSocket) rmSync(join(directory, name), { force: true })
  }
  if (previous !== undefined && previous !== own && SOCKET_FILE.test(basename(previous)))
    rmSync(previous, { force: true })
}

function hold(candidate: Candidate, server: Server, holder: LockHolder): DirectoryLock {
  const { options, directory, number } = candidate
  const path = join(directory, `lock.${number}`)
  const clock = options.clock ?? systemClock
  const beat = (): void => {
    try {
      const highest = highestLock(directory)
      const now = clock.now() / 1_000
      if (highest > number) lose(readHolder(directory, highest))
      else utimesSync(path, now, now)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') lose(undefined)
    }
  }
  const timer = setInterval(beat, options.heartbeatMs ?? HEARTBEAT_MS)
  timer.unref()
  const lose = (by: LockHolder | undefined): void => {
    clearInterval(timer)
    const who = by ? `process ${by.pid} on ${by.host}` : 'an unknown process'
    options.onLost?.(`the data directory ${directory} was taken away by ${who}`)
  }
  return {
    release: async () => {
      clearInterval(timer)
      await close(server)
      if (highestLock(directory) !== number) return
      writeFileSync(`${path}.released`, JSON.stringify({ ...holder, isReleased: true }), { mode: 0o600 })
      renameSync(`${path}.released`, path)
    },
  }
}

/** Inside the directory, or where that path is too long for a socket, in the temporary directory. */
function socketPath(directory: string): string {
  const random = randomBytes(6).toString('hex')
  if (process.platform === 'win32') return `\\\\.\\pipe\\switchyard-${random}`
  const inside = join(directory, `lock-${random}.sock`)
  if (Buffer.byteLength(inside) <= SOCKET_PATH_BYTES_MAX) return inside
  const hash = createHash('sha256').update(directory).digest('hex').slice(0, 12)
  return join(tmpdir(), `switchyard-${hash}-${random}.sock`)
}

function listen(path: string): Promise<Server> {
  return new Promise((done, fail) => {
    const server = createServer((socket) => socket.destroy())
    server.unref()
    server.once('error', fail)
    server.listen(path, () => {
      server.off('error', fail)
      // A failing accept is no reason to stop: the pid and the heartbeat still speak for this process.
      server.on('error', () => {})
      done(server)
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((done) => server.close(() => done()))
}

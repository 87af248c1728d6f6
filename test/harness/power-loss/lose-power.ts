import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gravesOf, type LoggedChange, type NameChange, readChanges, SECTOR_BYTES } from './change-log.ts'

export interface PowerLossOptions {
  root: string
  logDirectory: string
  /** A number in [0, 1) each time. */
  random: () => number
  /** `all` loses everything unsynced; `some` lets each sector, size and directory decide for itself how far it got. */
  loses: 'all' | 'some'
}

const OFF_MS = 60_000

/** Environment of a process whose changes under `root` are recorded in `logDirectory`, which lies on the same disk, outside. */
export function powerLossEnvironment(root: string, logDirectory: string): Record<string, string> {
  const recorder = pathToFileURL(join(import.meta.dirname, 'record-unsynced.ts')).href
  return {
    NODE_OPTIONS: `--import=${recorder} --disable-warning=ExperimentalWarning`,
    POWER_LOSS_ROOT: root,
    POWER_LOSS_LOG: logDirectory,
  }
}

/** A generator of `random` numbers that gives the same ones for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * Leaves `root` as a disk might show it after the power went while the recorded process ran, which must be gone: what was
 * synced is there, of the rest as much as `loses` says. Then forgets the record. Returns what was lost.
 */
export function losePower(options: PowerLossOptions): { sectors: number; sizes: number; names: number } {
  const { root, logDirectory } = options
  const unsynced = unsyncedOf(readChanges(logDirectory))
  const graves = gravesOf(logDirectory)
  const lost = { ...loseData(options, unsynced, [root, graves]), names: loseNames(options, unsynced, graves) }
  rmSync(logDirectory, { recursive: true, force: true })
  ageFiles(root)
  return lost
}

/** Drops what a completed sync of the same inode made durable. */
function unsyncedOf(changes: readonly LoggedChange[]): LoggedChange[] {
  const begun = new Map<string, { inode: number; at: number }>()
  const durableBefore = new Map<number, number>()
  for (const [at, { change }] of changes.entries()) {
    if (change.type === 'sync') begun.set(change.number, { inode: change.inode, at })
    if (change.type !== 'synced') continue
    const sync = begun.get(change.number)
    if (sync) durableBefore.set(sync.inode, Math.max(sync.at, durableBefore.get(sync.inode) ?? 0))
  }
  return changes.filter(({ change }, at) => 'inode' in change && at >= (durableBefore.get(change.inode) ?? 0))
}

interface FileBefore {
  /** Content of a sector before the first unsynced change of it; shorter where the file ended. */
  sectors: Map<number, Buffer>
  /** Sizes it had, oldest first. */
  sizes: number[]
}

function loseData(
  options: PowerLossOptions,
  unsynced: readonly LoggedChange[],
  places: readonly string[],
): { sectors: number; sizes: number } {
  const paths = new Map(places.flatMap((place) => [...filesUnder(place)]).map((path) => [statSync(path).ino, path]))
  const lost = { sectors: 0, sizes: 0 }
  for (const [inode, before] of beforeByFile(unsynced)) {
    const path = paths.get(inode)
    if (path === undefined) continue
    const { sectors, hasOtherSize } = loseContent(path, before, options)
    lost.sectors += sectors
    lost.sizes += Number(hasOtherSize)
  }
  return lost
}

function beforeByFile(unsynced: readonly LoggedChange[]): Map<number, FileBefore> {
  const files = new Map<number, FileBefore>()
  for (const { change, content } of unsynced) {
    if (change.type !== 'data' && change.type !== 'size') continue
    const file = files.get(change.inode) ?? { sectors: new Map<number, Buffer>(), sizes: [] }
    files.set(change.inode, file)
    if (change.type === 'size') file.sizes.push(change.size)
    else addSectors(file, change.offset, change.length, content)
  }
  return files
}

function addSectors(file: FileBefore, offset: number, length: number, content: Buffer): void {
  for (let at = 0; at < length; at += SECTOR_BYTES) {
    const sector = (offset + at) / SECTOR_BYTES
    if (!file.sectors.has(sector)) file.sectors.set(sector, content.subarray(at, at + SECTOR_BYTES))
  }
}

function loseContent(
  path: string,
  before: FileBefore,
  options: PowerLossOptions,
): { sectors: number; hasOtherSize: boolean } {
  const file = openSync(path, 'r+')
  try {
    const present = fstatSync(file).size
    const size = pickSize(before, present, options)
    let sectors = 0
    for (const [sector, content] of before.sectors) {
      // A truncation that didn't reach the disk took nothing away.
      const isForced = size > present && (sector + 1) * SECTOR_BYTES > present
      if (!isForced && options.loses === 'some' && options.random() < 0.5) continue
      const whole = Buffer.alloc(SECTOR_BYTES)
      content.copy(whole)
      writeSync(file, whole, 0, SECTOR_BYTES, sector * SECTOR_BYTES)
      sectors += 1
    }
    ftruncateSync(file, size)
    return { sectors, hasOtherSize: size !== present }
  } finally {
    closeSync(file)
  }
}

/** Any size the file had since its last sync, or one in between while it grew. */
function pickSize(before: FileBefore, present: number, { loses, random }: PowerLossOptions): number {
  const [oldest = present] = before.sizes
  if (loses === 'all') return oldest
  const sizes = [...before.sizes, present]
  if (oldest < present) sizes.push(oldest + Math.floor(random() * (present - oldest)))
  return sizes[Math.floor(random() * sizes.length)] ?? present
}

/** Takes names back, newest first: of each directory those after a random point, because a directory changes in order. */
function loseNames(options: PowerLossOptions, unsynced: readonly LoggedChange[], graves: string): number {
  const changes = unsynced.flatMap(({ change }) => (change.type === 'name' ? [change] : []))
  const counts = Map.groupBy(changes, ({ inode }) => inode)
  const kept = new Map([...counts].map(([inode, of]) => [inode, countKept(of.length, options)]))
  const lost = [...counts].flatMap(([inode, of]) => of.slice(kept.get(inode)))
  const directories = new Directories(options.root)
  for (const change of changes.toReversed()) {
    const parent = lost.includes(change) ? directories.pathOf(change.inode) : undefined
    if (parent !== undefined) takeBack(change, parent, { graves, directories })
  }
  return lost.length
}

function countKept(count: number, { loses, random }: PowerLossOptions): number {
  return loses === 'all' ? 0 : Math.floor(random() * (count + 1))
}

function takeBack(
  change: NameChange,
  parent: string,
  { graves, directories }: { graves: string; directories: Directories },
): void {
  const path = join(parent, change.name)
  switch (change.kind) {
    case 'create':
    case 'make-directory':
      rmSync(path, { recursive: true, force: true })
      return
    case 'remove-directory':
      mkdirSync(path, { recursive: true })
      if (change.removed !== undefined) directories.moved(change.removed, path)
      return
    case 'rename':
      if (change.from !== undefined && existsSync(path)) renameSync(path, join(parent, change.from))
      directories.rescan()
  }
  const grave = change.grave === undefined ? undefined : join(graves, change.grave)
  if (grave !== undefined && existsSync(grave) && !existsSync(path)) renameSync(grave, path)
}

/** Where the directories are that the record names by inode. */
class Directories {
  readonly #root: string
  #paths = new Map<number, string>()
  /** Made again under another inode. */
  readonly #again = new Map<number, number>()

  constructor(root: string) {
    this.#root = root
    this.rescan()
  }

  pathOf(inode: number): string | undefined {
    return this.#paths.get(this.#again.get(inode) ?? inode)
  }

  moved(inode: number, path: string): void {
    this.#again.set(inode, statSync(path).ino)
    this.#paths.set(statSync(path).ino, path)
  }

  rescan(): void {
    const below = readdirSync(this.#root, { recursive: true, withFileTypes: true })
    const paths = below.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))
    this.#paths = new Map([this.#root, ...paths].map((path) => [statSync(path).ino, path]))
  }
}

/** The machine was off for a while. */
function ageFiles(root: string): void {
  const then = (Date.now() - OFF_MS) / 1_000
  for (const path of filesUnder(root)) utimesSync(path, then, then)
}

function filesUnder(directory: string): string[] {
  if (!existsSync(directory)) return []
  const below = readdirSync(directory, { recursive: true, withFileTypes: true })
  return below.map((entry) => join(entry.parentPath, entry.name)).filter((path) => lstatSync(path).isFile())
}

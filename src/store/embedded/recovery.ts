import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { syncDirectory, writeDurably } from './durable-file.ts'
import type { EmbeddedEngine } from './engine.ts'
import type { Snapshot, SnapshotStore } from './snapshot-store.ts'

/*
 * Which files the database starts from.
 *
 * The engine never syncs, so the files in `db/` are worth something only within the boot they were written in: there the
 * page cache has them whole, also after kill -9. Across boots the truth is the newest snapshot that verifies, plus what the
 * caller replays from its own journal. A clean stop takes a snapshot last, so a restart of the machine after one loses nothing.
 */

/** The major version of PostgreSQL that the embedded engine is, and thus of its files. */
const ENGINE_MAJOR = '18'
const CREATE_CLUSTER = fileURLToPath(new URL('./create-cluster.ts', import.meta.url))
const CREATE_TIMEOUT_MS = 120_000
/** The baseline compiler alone: as fast for a few seconds of work, and half the memory. */
const CHILD_FLAGS = ['--liftoff-only', '--disable-warning=ExperimentalWarning']

/** `running.json`: who last ran on this directory and how it ended. */
interface RunMarker {
  bootId: string
  pid: number
  isStoppedCleanly: boolean
}

export type Recovered = 'clean' | 'same-boot' | 'rebuilt' | 'fresh'

export interface RecoveryResult {
  engine: EmbeddedEngine
  recovered: Recovered
  /** The mark from which the caller's journal must be replayed; '' for all that it still has. */
  journalReplayFrom: string
  /** What an operator should know, one sentence each; empty after a clean stop. */
  notes: readonly string[]
}

export interface RecoveryOptions {
  dataDirectory: string
  bootId: string
  snapshots: SnapshotStore
  createEngine: (directory: string) => EmbeddedEngine
}

/** The directory holds data that this program can't open and won't set aside. */
export class DataUnreadable extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'DataUnreadable'
  }
}

/** Opens the database in `dataDirectory` in the best state there is; throws DataUnreadable when there are snapshots, but none
 *  that can be used. */
export async function recover(options: RecoveryOptions): Promise<RecoveryResult> {
  await removeRemains(options.dataDirectory)
  const marker = readMarker(options.dataDirectory)
  const isTrusted = marker?.bootId === options.bootId && existsSync(databaseDirectory(options.dataDirectory))
  const start: Start = { marker, isTrusted, notes: [] }
  return (isTrusted ? await openAsItIs(options, start) : undefined) ?? (await rebuild(options, start))
}

interface Start {
  marker: RunMarker | undefined
  /** The files in `db/` were written in this boot. */
  isTrusted: boolean
  notes: string[]
}

function databaseDirectory(dataDirectory: string): string {
  return join(dataDirectory, 'db')
}

export async function markRunning(dataDirectory: string, bootId: string, isStoppedCleanly: boolean): Promise<void> {
  const marker: RunMarker = { bootId, pid: process.pid, isStoppedCleanly }
  await writeDurably(join(dataDirectory, 'running.json'), `${JSON.stringify(marker)}\n`)
}

/** Undefined, with a note, when the files in `db/` don't open. */
async function openAsItIs(options: RecoveryOptions, { marker, notes }: Start): Promise<RecoveryResult | undefined> {
  const directory = databaseDirectory(options.dataDirectory)
  requireSameMajor(directory)
  const engine = options.createEngine(directory)
  try {
    await engine.start()
  } catch (error) {
    notes.push(`The database files did not open: ${messageOf(error)}.`)
    return undefined
  }
  const recovered = marker?.isStoppedCleanly === true ? 'clean' : 'same-boot'
  if (recovered === 'same-boot') notes.push('The last run was cut off; the database recovered by its own log.')
  return { engine, recovered, journalReplayFrom: '', notes }
}

async function rebuild(options: RecoveryOptions, start: Start): Promise<RecoveryResult> {
  const { snapshots } = options
  const { marker, notes } = start
  const candidates = await snapshots.list()
  for (const [age, snapshot] of candidates.entries()) {
    const restored = await restoreBeside(options, snapshot, notes)
    if (restored === undefined) continue
    // The engine works now: if what stopped it a moment ago was no fault of the files, they are newer than any snapshot.
    const again = start.isTrusted ? await openAsItIs(options, start) : undefined
    if (again) return again
    const engine = await putInPlace(options, restored)
    const { createdAt, mark } = snapshot.known
    if (marker?.isStoppedCleanly === true && !start.isTrusted && age === 0) {
      return { engine, recovered: 'clean', journalReplayFrom: mark, notes }
    }
    notes.unshift(
      'The last run did not end cleanly and its files cannot be trusted: the database was rebuilt from the snapshot of ' +
        `${createdAt}. Charges since then come from the journal; other changes made since then are lost.`,
    )
    return { engine, recovered: 'rebuilt', journalReplayFrom: mark, notes }
  }
  if (candidates.length > 0) {
    throw new DataUnreadable(
      `None of the ${candidates.length} snapshots in ${snapshots.directory} can be used: ${notes.join(' ')} ` +
        'Nothing was changed or removed.',
    )
  }
  return await begin(options, notes)
}

async function begin(options: RecoveryOptions, notes: string[]): Promise<RecoveryResult> {
  const made = beside(options.dataDirectory, 'new')
  await createCluster(made)
  if (existsSync(databaseDirectory(options.dataDirectory))) {
    notes.push('There was a database but no snapshot to trust; it is kept as db.damaged, and a new one begins.')
  }
  const engine = await putInPlace(options, made)
  return { engine, recovered: 'fresh', journalReplayFrom: '', notes }
}

/** The directory with an unpacked snapshot that opens, or undefined, with a note. Proving it beside the old files means that
 *  a reason outside the files (no memory, say) never costs anything. */
async function restoreBeside(
  options: RecoveryOptions,
  snapshot: Snapshot,
  notes: string[],
): Promise<string | undefined> {
  const restored = beside(options.dataDirectory, 'restoring')
  try {
    await options.snapshots.restore(snapshot, restored)
    const engine = options.createEngine(restored)
    await engine.start()
    await engine.close()
    return restored
  } catch (error) {
    notes.push(`Snapshot ${snapshot.record.seq} of ${snapshot.known.createdAt} can't be used: ${messageOf(error)}.`)
    await rm(restored, { recursive: true, force: true })
    return undefined
  }
}

/** Makes `made` the database. What was there is kept as `db.damaged`, the newest set only, for whoever wants to look. */
async function putInPlace(options: RecoveryOptions, made: string): Promise<EmbeddedEngine> {
  const directory = databaseDirectory(options.dataDirectory)
  const damaged = `${directory}.damaged`
  if (existsSync(directory)) {
    await rm(damaged, { recursive: true, force: true })
    await rename(directory, damaged)
  }
  await rename(made, directory)
  await syncDirectory(options.dataDirectory)
  const engine = options.createEngine(directory)
  await engine.start()
  return engine
}

function requireSameMajor(directory: string): void {
  const path = join(directory, 'PG_VERSION')
  const version = existsSync(path) ? readFileSync(path, 'utf8').trim() : ENGINE_MAJOR
  if (/^\d+$/.test(version) && version !== ENGINE_MAJOR) {
    throw new DataUnreadable(
      `${directory} was written by PostgreSQL ${version}; this version reads ${ENGINE_MAJOR}. Start the version that wrote it.`,
    )
  }
}

/** A name in the data directory that a later start removes if this one doesn't get to use it. */
function beside(dataDirectory: string, purpose: 'new' | 'restoring'): string {
  return join(dataDirectory, `db.${purpose}-${randomBytes(4).toString('hex')}`)
}

async function createCluster(directory: string): Promise<void> {
  await new Promise<void>((done, fail) => {
    const child = spawn(process.execPath, [...CHILD_FLAGS, CREATE_CLUSTER, directory], {
      stdio: ['pipe', 'ignore', 'pipe'],
      env: {},
      timeout: CREATE_TIMEOUT_MS,
    })
    let errors = ''
    child.stderr.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString()).slice(-2_000)
    })
    child.once('error', fail)
    child.once('close', (code) => {
      if (code === 0) done()
      else fail(new Error(`the embedded database could not be created: ${errors.trim() || `exit code ${code}`}`))
    })
  })
}

async function removeRemains(dataDirectory: string): Promise<void> {
  for (const name of readdirSync(dataDirectory)) {
    if (/^db\.(?:new|restoring)-[0-9a-f]{8}$/.test(name))
      await rm(join(dataDirectory, name), { recursive: true, force: true })
  }
}

function readMarker(dataDirectory: string): RunMarker | undefined {
  try {
    return JSON.parse(readFileSync(join(dataDirectory, 'running.json'), 'utf8')) as RunMarker
  } catch {
    return undefined
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

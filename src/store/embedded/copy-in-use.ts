import { cpSync, existsSync, linkSync, mkdirSync, rmSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type Snapshot, SnapshotStore } from './snapshot-store.ts'

const ATTEMPTS_MAX = 5
const BALLAST = 'ballast'

/**
 * Copies what a data directory could be brought back from into `target`, which must not exist, while a process works with it.
 * The journal is copied before the snapshot: what it has given up by then is durable in every snapshot that is kept, and what
 * comes to it afterwards is later than the copy. Throws when there is no whole snapshot.
 */
export async function copyInUse(dataDirectory: string, target: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await copyOnce(dataDirectory, target)
    } catch (error) {
      rmSync(target, { recursive: true, force: true })
      // A segment or a snapshot that was given up meanwhile; what takes its place is there already.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === ATTEMPTS_MAX) throw error
    }
  }
}

async function copyOnce(dataDirectory: string, target: string): Promise<void> {
  mkdirSync(target, { recursive: true, mode: 0o700 })
  const journal = join(dataDirectory, 'journal')
  if (existsSync(journal))
    cpSync(journal, join(target, 'journal'), { recursive: true, filter: (path) => basename(path) !== BALLAST })
  const source = new SnapshotStore(dataDirectory)
  const copies = new SnapshotStore(target)
  const [newest] = await source.list()
  if (newest === undefined) throw new Error(`${source.directory} has no snapshot yet: try again in a minute`)
  await copySnapshot(newest, source, copies)
}

/** Its log last, which goes on and only ever grows. */
async function copySnapshot(
  { record: { seq } }: Snapshot,
  source: SnapshotStore,
  copies: SnapshotStore,
): Promise<void> {
  await copyFile(source.sidecarPath(seq), copies.sidecarPath(seq))
  await linkOrCopy(source.archivePath(seq), copies.archivePath(seq))
  await copyFile(source.logPath(seq), copies.logPath(seq))
}

/** An archive never changes, so another name for it is as good as a copy. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    linkSync(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error
    await copyFile(from, to)
  }
}

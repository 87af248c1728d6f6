import { createHash } from 'node:crypto'
import { cpSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const ROOT = join(import.meta.dirname, '../..')
const CACHE = join(ROOT, '.tmp')
const STALE_MS = 3_600_000
const BUILD_MS_MAX = 90_000
const POLL_MS = 50
/** Another one when what is done to a directory after it was built changes. */
const FORMAT = 'without locks'

/**
 * The directory that `build` makes, made once and kept until one of `sources` (files, and folders with all in them) changes. Of several
 * processes that ask at once one makes it and the others wait for it.
 */
export async function cachedDirectory(
  name: string,
  sources: readonly string[],
  build: (directory: string) => Promise<void>,
): Promise<string> {
  const finished = join(CACHE, `${name}-${await hashOf(sources)}`)
  const building = `${finished}.building`
  await mkdir(CACHE, { recursive: true })
  while (!(await exists(finished))) {
    if (await isMine(building)) {
      await removeStale(`${name}-`)
      await buildAs(finished, building, build)
    } else {
      await sleep(POLL_MS)
    }
  }
  return finished
}

async function buildAs(finished: string, building: string, build: (directory: string) => Promise<void>): Promise<void> {
  try {
    await build(join(building, 'data'))
    await removeLocks(join(building, 'data'))
    await rename(join(building, 'data'), finished)
  } finally {
    await rm(building, { recursive: true })
  }
}

/** Whether this process is the one to build in it: nobody does, or who did has died. */
async function isMine(building: string): Promise<boolean> {
  const started = await stat(building).catch(() => undefined)
  if (started !== undefined && Date.now() - started.birthtimeMs > BUILD_MS_MAX) {
    await rm(building, { recursive: true, force: true })
  }
  return mkdir(building).then(
    () => true,
    () => false,
  )
}

/** Copies what `cachedDirectory` made. All of it in one native call: asking of each file whether to copy it takes three times
 *  the CPU, and hundreds of copies are made in a run. */
export function copyCachedDirectory(source: string, target: string): void {
  cpSync(source, target, { recursive: true })
}

/** Neither sockets nor lock files belong to a copy. */
async function removeLocks(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isSocket() || /lock/i.test(entry.name)) await rm(join(directory, entry.name))
  }
}

/** Path, size and time of each source file: cheaper than reading them, and any edit shows. */
async function hashOf(sources: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(process.version + FORMAT)
  for (const source of sources) {
    for (const path of (await filesOf(join(ROOT, source))).toSorted()) {
      const { size, mtimeMs } = await stat(path)
      hash.update(`${path}\0${size}\0${mtimeMs}\n`)
    }
  }
  return hash.digest('hex').slice(0, 16)
}

async function filesOf(source: string): Promise<string[]> {
  if ((await stat(source)).isFile()) return [source]
  const entries = await readdir(source, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

async function removeStale(prefix: string): Promise<void> {
  for (const name of await readdir(CACHE)) {
    const path = join(CACHE, name)
    if (name.startsWith(prefix) && Date.now() - (await stat(path)).mtimeMs > STALE_MS) {
      await rm(path, { recursive: true, force: true })
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

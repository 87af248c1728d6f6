import { createHash } from 'node:crypto'
import { cp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { findFreePort, startServerProcess, waitUntilServing } from './server-process.ts'

const ROOT = join(import.meta.dirname, '../..')
const CACHE = join(ROOT, '.tmp')
const PREFIX = 'embedded-template-'
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 30_000
const STALE_MS = 3_600_000

let template: Promise<string> | undefined

/**
 * Copies a data directory that was started once and stopped cleanly to `target`, which saves a test the creation of the
 * database. It is made by the code as it is now and remade when any file of `src/` changes.
 */
export async function copyEmbeddedTemplate(target: string): Promise<void> {
  template ??= findOrMakeTemplate()
  await cp(await template, target, { recursive: true, filter: isData })
}

async function findOrMakeTemplate(): Promise<string> {
  const finished = join(CACHE, PREFIX + (await hashOfSource()))
  if (await exists(finished)) return finished
  await mkdir(CACHE, { recursive: true })
  await removeStale()
  const building = `${finished}.${process.pid}`
  await startOnce(building)
  try {
    await rename(building, finished)
  } catch {
    await rm(building, { recursive: true })
  }
  return finished
}

async function startOnce(dataDir: string): Promise<void> {
  const port = await findFreePort()
  const env = { HOST: '127.0.0.1', PORT: String(port), SWITCHYARD_DATA_DIR: dataDir }
  const server = await startServerProcess({ command: [process.execPath, 'src/main.ts'], cwd: ROOT, env })
  await waitUntilServing(server, `http://127.0.0.1:${port}/readyz`, START_TIMEOUT_MS)
  const code = await server.terminate(STOP_TIMEOUT_MS)
  if (code !== 0) throw new Error(`the template's gateway ended with ${code}\n${server.output()}`)
}

/** Path, size and time of each source file: cheaper than reading them, and any edit shows. */
async function hashOfSource(): Promise<string> {
  const hash = createHash('sha256').update(process.version)
  const entries = await readdir(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  for (const path of paths.toSorted()) {
    const { size, mtimeMs } = await stat(path)
    hash.update(`${path}\0${size}\0${mtimeMs}\n`)
  }
  return hash.digest('hex').slice(0, 16)
}

/** Neither sockets nor lock files belong to a copy. */
async function isData(source: string): Promise<boolean> {
  return !/lock/i.test(basename(source)) && !(await stat(source)).isSocket()
}

async function removeStale(): Promise<void> {
  for (const name of await readdir(CACHE)) {
    const path = join(CACHE, name)
    if (name.startsWith(PREFIX) && Date.now() - (await stat(path)).mtimeMs > STALE_MS) {
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

import { join } from 'node:path'
import { cachedDirectory, copyCachedDirectory } from './cached-directory.ts'
import { findFreePort, startServerProcess, waitUntilServing } from './server-process.ts'

const ROOT = join(import.meta.dirname, '../..')
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 30_000

let template: Promise<string> | undefined

/**
 * Copies a data directory that was started once and stopped cleanly to `target`, which saves a test the creation of the
 * database. It is made by the code as it is now and remade when any file of `src/` changes.
 */
export async function copyEmbeddedTemplate(target: string): Promise<void> {
  template ??= cachedDirectory('embedded-template', ['src'], startOnce)
  copyCachedDirectory(await template, target)
}

async function startOnce(dataDir: string): Promise<void> {
  const port = await findFreePort()
  const env = { HOST: '127.0.0.1', PORT: String(port), SWITCHYARD_DATA_DIR: dataDir, SWITCHYARD_BYOK_PROVIDERS: 'none' }
  const server = await startServerProcess({ command: [process.execPath, 'bin/switchyard'], cwd: ROOT, env })
  try {
    await waitUntilServing(server, `http://127.0.0.1:${port}/readyz`, START_TIMEOUT_MS)
  } catch (error) {
    // Else it would write on into the directory that is given up.
    await server.kill9()
    throw error
  }
  const code = await server.terminate(STOP_TIMEOUT_MS)
  if (code !== 0) throw new Error(`the template's gateway ended with ${code}\n${server.output()}`)
}

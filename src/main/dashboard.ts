import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DASHBOARD_SOURCES, type DashboardMode } from '../config/dashboard-settings.ts'
import type { DashboardFiles } from '../http/mount-dashboard.ts'
import type { Observe } from '../observe/observation.ts'
import { sourceStamp } from '../platform/source-stamp.ts'

const ROOT = join(import.meta.dirname, '../..')
const DIRECTORY = join(ROOT, 'dist/dashboard')
const OUTPUT_CHARACTERS_MAX = 4_000

/** The dashboard as it was built. Where it is missing or older than its source it is built beside the server, which serves
 *  meanwhile; undefined where none is wanted. */
export function startDashboard(mode: DashboardMode, observe: Observe): DashboardFiles | undefined {
  if (mode === 'off') return undefined
  let isBuilding = false
  if (mode === 'on' && !isFresh() && existsSync(join(ROOT, 'dashboard/index.html'))) {
    isBuilding = true
    build(observe, () => {
      isBuilding = false
    })
  }
  return { directory: DIRECTORY, isBuilding: () => isBuilding }
}

function isFresh(): boolean {
  const stamp = join(DIRECTORY, 'stamp')
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === sourceStamp(ROOT, DASHBOARD_SOURCES)
}

/** In a process of its own, with little claim to the processor: requests come first. */
function build(observe: Observe, onEnd: () => void): void {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [join(ROOT, 'tools/build-dashboard.ts')], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let output = ''
  child.stderr.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-OUTPUT_CHARACTERS_MAX)
  })
  const end = (failure: string | undefined) => {
    onEnd()
    const tookMs = Math.round(performance.now() - startedAt)
    if (failure === undefined) observe({ type: 'dashboard_built', tookMs })
    else observe({ type: 'dashboard_failed', message: failure })
  }
  child.on('error', (error) => end(error.message))
  child.on('close', (code) => end(code === 0 ? undefined : output.trim()))
  child.unref()
}

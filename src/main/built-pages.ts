import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DASHBOARD_SOURCES, type DashboardMode, DOCS_SOURCES } from '../config/dashboard-settings.ts'
import type { DashboardFiles } from '../http/mount-dashboard.ts'
import type { DocsFiles } from '../http/mount-docs.ts'
import type { Observe } from '../observe/observation.ts'
import { sourceStamp } from '../platform/source-stamp.ts'

const ROOT = join(import.meta.dirname, '../..')
const OUTPUT_CHARACTERS_MAX = 4_000

interface Product {
  name: 'dashboard' | 'docs'
  /** What is missing where only what was built is installed. */
  source: string
  sources: readonly string[]
}

const DASHBOARD: Product = { name: 'dashboard', source: 'dashboard/index.html', sources: DASHBOARD_SOURCES }
const DOCS: Product = { name: 'docs', source: 'docs/navigation.json', sources: DOCS_SOURCES }

/** The dashboard and the documentation as they were built. What is missing or older than its source is built beside the server,
 *  which serves meanwhile; undefined where none is wanted. */
export function startPages(
  mode: DashboardMode,
  observe: Observe,
): { dashboard: DashboardFiles | undefined; docs: DocsFiles | undefined } {
  return { docs: startProduct(DOCS, mode, observe), dashboard: startProduct(DASHBOARD, mode, observe) }
}

function startProduct(product: Product, mode: DashboardMode, observe: Observe): DocsFiles | undefined {
  if (mode === 'off') return undefined
  const directory = join(ROOT, 'dist', product.name)
  let isBuilding = false
  if (mode === 'on' && existsSync(join(ROOT, product.source)) && !isFresh(directory, product)) {
    isBuilding = true
    build(product, observe, () => {
      isBuilding = false
    })
  }
  return { directory, isBuilding: () => isBuilding }
}

function isFresh(directory: string, { sources }: Product): boolean {
  const stamp = join(directory, 'stamp')
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === sourceStamp(ROOT, sources)
}

/** In a process of its own, with little claim to the processor: requests come first. */
function build({ name }: Product, observe: Observe, onEnd: () => void): void {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [join(ROOT, `tools/build-${name}.ts`)], {
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
    if (failure === undefined) observe({ type: 'dashboard_built', part: name, tookMs })
    else observe({ type: 'dashboard_failed', part: name, message: failure })
  }
  child.on('error', (error) => end(error.message))
  child.on('close', (code) => end(code === 0 ? undefined : output.trim()))
  child.unref()
}

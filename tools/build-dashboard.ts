/**
 * `npm run build`: makes `dist/dashboard` out of `dashboard/`, with each file compressed beside it. Does nothing when that is
 * there and no older than its source; `--force` makes it anew. What is there is replaced at once when the new one is whole.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { DASHBOARD_SOURCES } from '../src/config/dashboard-settings.ts'
import { sourceStamp } from '../src/platform/source-stamp.ts'

const ROOT = join(import.meta.dirname, '..')
const PRODUCT = join(ROOT, 'dist/dashboard')
const COMPRESSED = /[.](?:css|html|js|svg|json)$/
const COMPRESSED_FROM_BYTES = 512

const stamp = sourceStamp(ROOT, DASHBOARD_SOURCES)
const isFresh = existsSync(join(PRODUCT, 'stamp')) && readFileSync(join(PRODUCT, 'stamp'), 'utf8') === stamp
if (isFresh && !process.argv.includes('--force')) console.log('the dashboard is up to date')
else await build()

async function build(): Promise<void> {
  const { build: viteBuild } = await import('vite')
  mkdirSync(join(ROOT, 'dist'), { recursive: true })
  const fresh = `${PRODUCT}-${process.pid}`
  await viteBuild({ configFile: join(ROOT, 'dashboard/vite.config.ts'), logLevel: 'warn', build: { outDir: fresh } })
  compressAll(fresh)
  writeFileSync(join(fresh, 'stamp'), stamp)
  const old = `${fresh}-old`
  if (existsSync(PRODUCT)) renameSync(PRODUCT, old)
  renameSync(fresh, PRODUCT)
  rmSync(old, { recursive: true, force: true })
  console.log('the dashboard is built')
}

function compressAll(directory: string): void {
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !COMPRESSED.test(entry.name)) continue
    const path = join(entry.parentPath, entry.name)
    const content = readFileSync(path)
    if (content.length < COMPRESSED_FROM_BYTES) continue
    writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }))
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length }
    writeFileSync(`${path}.br`, brotliCompressSync(content, { params }))
  }
}

import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { sourceStamp } from '../src/platform/source-stamp.ts'

export interface Product {
  root: string
  /** Of the folder in `dist/`. */
  name: string
  /** As it is called in what is printed. */
  what: string
  sources: readonly string[]
}

const COMPRESSED = /[.](?:css|html|js|svg|json|md|txt|xml)$/
const COMPRESSED_FROM_BYTES = 512
/** From here on, the last level of brotli takes longer than what it saves is worth at the side of hundreds of files. */
const BEST_UP_TO_FILES = 200

/** Makes a folder of `dist/` unless it is there and no older than its source, or `--force` is asked for. What is there is replaced
 *  at once when the new one is whole. */
export async function buildProduct(product: Product, make: (directory: string) => Promise<void>): Promise<void> {
  const { root, name, what, sources } = product
  const target = join(root, 'dist', name)
  const stamp = sourceStamp(root, sources)
  const isFresh = existsSync(join(target, 'stamp')) && readFileSync(join(target, 'stamp'), 'utf8') === stamp
  if (isFresh && !process.argv.includes('--force')) {
    console.log(`${what}: up to date`)
    return
  }
  const fresh = `${target}-${process.pid}`
  mkdirSync(fresh, { recursive: true })
  await make(fresh)
  compressAll(fresh)
  writeFileSync(join(fresh, 'stamp'), stamp)
  const old = `${fresh}-old`
  if (existsSync(target)) renameSync(target, old)
  renameSync(fresh, target)
  rmSync(old, { recursive: true, force: true })
  console.log(`${what}: built`)
}

function compressAll(directory: string): void {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && COMPRESSED.test(entry.name),
  )
  const quality = files.length > BEST_UP_TO_FILES ? 6 : 11
  for (const entry of files) {
    const path = join(entry.parentPath, entry.name)
    const content = readFileSync(path)
    if (content.length < COMPRESSED_FROM_BYTES) continue
    writeFileSync(`${path}.gz`, gzipSync(content, { level: quality === 11 ? 9 : 6 }))
    const params = { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: content.length }
    writeFileSync(`${path}.br`, brotliCompressSync(content, { params }))
  }
}

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/* What a browser gets before a page works, counted on the built files as they are sent. */

const BUILT = join(import.meta.dirname, '../../dist/dashboard')
const BYTES_MAX = 350 * 1024
/** Chunks of whole pages: `keys-page-CV0R_2KY.js`. */
const PAGE = /^(.*-pages?)-[\w-]{8}[.]js$/
/** How the code of the two chart libraries is known. */
const CHART_MARKS = ['recharts-', 'u-wrap']
const texts = new Map<string, string>()

const entry = /<script type="module"[^>]* src="\/assets\/([^"]+)"/.exec(textOf('index.html'))?.[1] ?? ''
const pages = dynamicImports(entry).filter((chunk) => PAGE.test(chunk))

test('the first load of each page is less than 350 KB of compressed script', () => {
  expect(pages.length).toBeGreaterThanOrEqual(20)
  const sizes = pages.map((page) => [nameOf(page), bytesOf(new Set([...staticClosure(entry), ...staticClosure(page)]))])
  expect(sizes.filter(([, bytes]) => Number(bytes) === 0 || Number(bytes) >= BYTES_MAX)).toEqual([])
})

test('what draws charts is loaded after the pages that have some, and with no other', () => {
  const drawing = new Set(
    readdirSync(join(BUILT, 'assets')).filter(
      (file) => file.endsWith('.js') && CHART_MARKS.some((mark) => textOf(`assets/${file}`).includes(mark)),
    ),
  )
  expect(drawing.size).toBe(CHART_MARKS.length)
  const isDrawing = (chunk: string) => drawing.has(chunk)
  expect([entry, ...pages].filter((chunk) => [...staticClosure(chunk)].some(isDrawing))).toEqual([])
  const asking = pages.filter((page) => [...staticClosure(page)].flatMap(dynamicImports).some(isDrawing))
  expect(asking.map(nameOf)).toContain('overview-page')
  expect(asking.map(nameOf)).not.toContain('keys-page')
})

/** The chunk and all that must be there before it runs. */
function staticClosure(chunk: string, seen = new Set<string>()): Set<string> {
  if (seen.has(chunk)) return seen
  seen.add(chunk)
  for (const [, next = ''] of textOf(`assets/${chunk}`).matchAll(/(?:\bfrom|\bimport)\s*["'`]\.\/([\w.-]+[.]js)["'`]/g))
    staticClosure(next, seen)
  return seen
}

function dynamicImports(chunk: string): string[] {
  return [...textOf(`assets/${chunk}`).matchAll(/\bimport\(\s*["'`]\.\/([\w.-]+[.]js)["'`]/g)].flatMap(
    ([, name]) => name ?? [],
  )
}

function bytesOf(chunks: ReadonlySet<string>): number {
  return [...chunks].reduce((sum, chunk) => {
    const path = join(BUILT, 'assets', chunk)
    return sum + statSync(existsSync(`${path}.gz`) ? `${path}.gz` : path).size
  }, 0)
}

function nameOf(chunk: string): string {
  return PAGE.exec(chunk)?.[1] ?? chunk
}

function textOf(file: string): string {
  const text = texts.get(file) ?? readFileSync(join(BUILT, file), 'utf8')
  texts.set(file, text)
  return text
}

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

/*
 * S17: what is installed and built is what is locked and committed.
 */

const ROOT = join(import.meta.dirname, '../..')
/** What `deploy/Containerfile` copies, too. */
const SOURCES = [
  ...['bin', 'src', 'dashboard', 'docs', 'tools', 'package.json', 'package-lock.json', 'tsconfig.json'],
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'LICENSE'],
]

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'supply-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as T
}

/** Builds the product in a folder of its own, and gives the hash of each file that came out. */
function build(name: string): Record<string, string> {
  const folder = join(directory, name)
  for (const source of SOURCES) cpSync(join(ROOT, source), join(folder, source), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] }
  execFileSync('npm', ['run', 'build'], { cwd: folder, env, stdio: 'pipe' })
  const dist = join(folder, 'dist')
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).map((file) => join(dist, file))
  return Object.fromEntries(
    files
      .filter((file) => statSync(file).isFile())
      .map((file) => [relative(dist, file), createHash('sha256').update(readFileSync(file)).digest('hex')]),
  )
}

test('S17: built twice, in different folders, the product is the same to the byte', () => {
  const first = build('first')
  expect(Object.keys(first).length).toBeGreaterThan(20)
  expect(build('second')).toEqual(first)
})

test('S17: nothing of ours runs when it is installed as a dependency', () => {
  const { scripts } = readJson<{ scripts: Record<string, string> }>('package.json')
  expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$/.test(name))).toEqual([])
})

test('S17: the bill of materials names every package of production with its version and hash, those that are installed among them', () => {
  const print = () => execFileSync(process.execPath, ['tools/sbom.ts'], { cwd: ROOT, encoding: 'utf8' })
  const { bomFormat, components } = JSON.parse(print()) as {
    bomFormat: string
    components: { name: string; version: string; scope: string; hashes?: { content: string }[] }[]
  }
  expect(print()).toBe(print())
  expect(bomFormat).toBe('CycloneDX')
  expect(components.filter(({ hashes }) => !/^[0-9a-f]{128}$/.test(hashes?.[0]?.content ?? ''))).toEqual([])
  const named = new Set(components.map(({ name, version }) => `${name}@${version}`))
  // What npm itself says that it installs for production here.
  const args = ['ls', '--all', '--omit', 'dev', '--parseable', '--long']
  const listed = execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const installed = listed
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(':')[1] ?? '')
  expect(installed.length).toBeGreaterThan(100)
  expect(installed.filter((name) => !named.has(name))).toEqual([])
})

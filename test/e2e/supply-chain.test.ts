import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { refusedLicences } from '../../tools/third-party/licences.ts'
import { findFreePort, startServerProcess, waitUntilServing } from '../harness/server-process.ts'

/*
 * S17: what is installed, built and packed is what is locked and committed.
 */

const ROOT = join(import.meta.dirname, '../..')
/** What `deploy/Containerfile` copies, too. */
const SOURCES = [
  ...['bin', 'src', 'dashboard', 'docs', 'tools', 'package.json', 'package-lock.json', 'tsconfig.json'],
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'LICENSE'],
]

/** All that a package may hold. */
const PUBLISHED = new RegExp(
  `^(?:${[
    ...['package[.]json', 'npm-shrinkwrap[.]json', 'README[.]md', 'LICENSE', 'CHANGELOG[.]md'],
    ...['THIRD_PARTY[.]txt', 'dist/dashboard/third-party[.]txt(?:[.](?:br|gz))?'],
    ...[
      'bin/switchyard',
      'bin/package[.]json',
      'bin/strip-types[.]js',
      'docs/api/openapi[.]json',
      'docs/(?:[\\w-]+/)?[\\w-]+[.]md',
    ],
    ...['dist/(?:[\\w-]+/)*[\\w-]+[.]js', 'dist/store/migrations/\\d{4}_\\w+[.]sql'],
    ...['dist/dashboard/.+[.](?:html|js|css|svg)(?:[.](?:br|gz))?'],
    ...['dist/docs/.+[.](?:html|md|txt|js|css|json|svg|xml)(?:[.](?:br|gz))?'],
  ].join('|')})$`,
)
const MODULE = /^dist\/(?!dashboard|docs).+[.]js$/
const SECRET = /-----BEGIN [A-Z ]*PRIVATE KEY-----\s+\w{20}|\bsk-or-v1-[0-9a-f]{64}\b|\bghp_\w{36}|\bsk_live_\w{16}/

const PACKED = '.tmp/package'

let directory: string
let first: Record<string, string>
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'supply-'))
  first = build('first')
  mkdirSync(join(directory, 'node_modules'))
  const tarball = readdirSync(join(directory, 'first', PACKED)).find((name) => name.endsWith('.tgz')) ?? ''
  execFileSync('tar', ['-xzf', join(directory, 'first', PACKED, tarball), '-C', directory])
  cpSync(join(directory, 'package'), join(directory, 'node_modules/switchyard'), { recursive: true })
}, 300_000)
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as T
}

/** Builds the product and its package in a folder of its own, and gives the hash of each file that came out. */
function build(name: string): Record<string, string> {
  const folder = join(directory, name)
  for (const source of SOURCES) cpSync(join(ROOT, source), join(folder, source), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] }
  execFileSync('npm', ['run', 'package'], { cwd: folder, env, stdio: 'pipe' })
  return { ...hashFiles(join(folder, 'dist')), ...hashFiles(join(folder, PACKED)) }
}

/** The hash of each file, by its path. */
function hashFiles(folder: string): Record<string, string> {
  return Object.fromEntries(
    listFiles(folder).map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(join(folder, file)))
        .digest('hex'),
    ]),
  )
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    statSync(join(folder, file)).isFile(),
  )
}

test('S17: built twice, in different folders, the product and its package are the same to the byte', () => {
  expect(Object.keys(first).length).toBeGreaterThan(20)
  expect(Object.keys(first).filter((file) => file.endsWith('.tgz'))).toEqual([
    `switchyard-${readJson<{ version: string }>('package.json').version}.tgz`,
  ])
  expect(build('second')).toEqual(first)
})

test('S17: the package holds what runs and what is read, and no test, no secret and no path of the machine that made it', () => {
  const files = listFiles(installed())
  expect(files.filter((file) => !PUBLISHED.test(file))).toEqual([])
  expect(files.filter((file) => /[.](?:test|spec)[.]|fixture/.test(file))).toEqual([])
  const migrations = readdirSync(join(ROOT, 'src/store/migrations')).filter((name) => name.endsWith('.sql'))
  expect(files).toEqual(expect.arrayContaining(migrations.map((name) => `dist/store/migrations/${name}`)))
  const telling = files.filter((file) => {
    const text = readFileSync(join(installed(), file), 'latin1')
    return SECRET.test(text) || [directory, join(ROOT, 'node_modules')].some((path) => text.includes(path))
  })
  expect(telling).toEqual([])
})

test('S17: every module that one of the package names is in it, and every package is one of its dependencies', () => {
  const { dependencies } = readInstalled<{ dependencies: Record<string, string> }>('package.json')
  const named = listFiles(installed())
    .filter((file) => MODULE.test(file))
    .flatMap((file) => referencesIn(file).map((name) => ({ file, name })))
  expect(named.length).toBeGreaterThan(1_000)
  const lost = named.filter(({ file, name }) =>
    name.startsWith('.')
      ? !isFile(join(installed(), dirname(file), name))
      : dependencies[packageOf(name)] === undefined,
  )
  expect(lost).toEqual([])
  expect(Object.keys(dependencies).filter((name) => !named.some((one) => packageOf(one.name) === name))).toEqual([])
})

test('S17: the package has the licence of each library that is in its pages', () => {
  const named = namesIn(readFileSync(join(installed(), 'THIRD_PARTY.txt'), 'utf8'))
  const imported = listFiles(join(ROOT, 'dashboard/src'))
    .filter((file) => /(?<![.]test)[.]tsx?$/.test(file))
    .map((file) => readFileSync(join(ROOT, 'dashboard/src', file), 'utf8'))
    .flatMap((text) => [...text.matchAll(/^(?!import type\b).*\bfrom '([^.'\s][^'\s]*)'$/gm)])
    .map(([, name = '']) => packageOf(name))
  expect(new Set(imported).size).toBeGreaterThan(10)
  expect([...new Set(imported), 'minisearch', 'scheduler', 'tailwindcss'].filter((name) => !named.has(name))).toEqual(
    [],
  )
})

/** The packages that a list of licences is about. */
function namesIn(notices: string): Set<string> {
  const titles = notices.matchAll(/^-{80}\n\n(\S+) \d+[.]\d+[.]\S+, \S.*\n\n\S/gm)
  return new Set([...titles].map(([, name = '']) => name))
}

test('S17: an installed package gets the versions and hashes of the lock file, and nothing that only builds pages', () => {
  type Packages = Record<string, { version: string; integrity: string }>
  const { packages: locked } = readJson<{ packages: Packages }>('package-lock.json')
  const { packages: shrunk } = readInstalled<{ packages: Packages }>('npm-shrinkwrap.json')
  const paths = Object.keys(shrunk).filter((path) => path !== '')
  expect(paths.length).toBeGreaterThan(50)
  expect(paths.map((path) => [path, shrunk[path]?.version, shrunk[path]?.integrity])).toEqual(
    paths.map((path) => [path, locked[path]?.version, locked[path]?.integrity]),
  )
  expect(paths.filter((path) => /\/(?:vite|react|tailwindcss|vitest|typescript)$/.test(path))).toEqual([])
  // Refuses where the two files disagree.
  execFileSync('npm', ['ci', '--dry-run', '--offline', '--ignore-scripts'], { cwd: installed(), stdio: 'pipe' })
})

test('S17: the program of an installed package serves a call, the dashboard and the documentation, and is its own client', async () => {
  const { dependencies } = readInstalled<{ dependencies: Record<string, string> }>('package.json')
  const modules = join(directory, 'node_modules')
  for (const name of Object.keys(dependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name))
  }
  mkdirSync(join(modules, '.bin'))
  const program = join(modules, '.bin/switchyard')
  symlinkSync('../switchyard/bin/switchyard', program)
  const PATH = `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`
  const port = await findFreePort()
  const url = `http://127.0.0.1:${port}`
  const env = { PATH, HOST: '127.0.0.1', PORT: String(port), SWITCHYARD_DATA_DIR: join(directory, 'data') }
  const stdout: string[] = []
  const server = await startServerProcess({ command: [program], cwd: directory, env, stdout })
  try {
    await waitUntilServing(server, `${url}/readyz`, 120_000)
    await expect.poll(() => stdout.join('\n')).toContain('set_up_needed')
    const token = /setup[?]token=([\w-]+)/.exec(stdout.join('\n'))?.[1]
    const { data } = await post(`${url}/setup`, { token, email: 'you@example.com' })
    const keys = data as Record<string, unknown>
    const question = { model: 'sim/echo', messages: [{ role: 'user', content: 'from a package' }] }
    const answer = await post(`${url}/api/v1/chat/completions`, question, keys['inference_key'])
    expect(answer).toMatchObject({ choices: [{ message: { content: expect.stringContaining('from a package') } }] })
    expect(await page(`${url}/`)).toContain('<script')
    expect(await page(`${url}/docs`)).toContain('Switchyard')
    expect(await page(`${url}/third-party.txt`)).toBe(readFileSync(join(installed(), 'THIRD_PARTY.txt'), 'utf8'))
    expect(JSON.parse(await page(`${url}/openapi.json`))).toHaveProperty('openapi')
    const client = { PATH, SWITCHYARD_URL: url, SWITCHYARD_MANAGEMENT_KEY: String(keys['management_key']) }
    expect(execFileSync(program, ['workspaces', 'list', '--json'], { env: client, encoding: 'utf8' })).toContain('"id"')
    expect(stdout.join('\n')).not.toContain('dashboard_failed')
  } finally {
    await server.terminate(45_000)
  }
})

function installed(): string {
  return join(directory, 'node_modules/switchyard')
}

function readInstalled<T>(path: string): T {
  return JSON.parse(readFileSync(join(installed(), path), 'utf8')) as T
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile()
}

/** What a module imports, or starts from beside itself; Node's own apart. */
function referencesIn(file: string): string[] {
  const text = readFileSync(join(installed(), file), 'utf8')
  const imported = [...text.matchAll(/(?:^|[\s}*])(?:from|import)\s*\(?\s*'([^'\s]+)'/gm)].map(([, name = '']) => name)
  const beside = [...text.matchAll(/new URL\('([^']+)', import[.]meta[.]url\)/g)].map(([, name = '']) => `./${name}`)
  return [...imported.filter((name) => !name.startsWith('node:')), ...beside.filter((name) => !name.endsWith('/'))]
}

function packageOf(name: string): string {
  return /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name
}

async function post(url: string, body: unknown, key?: unknown): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json', ...(key !== undefined && { authorization: `Bearer ${key}` }) }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  return (await response.json()) as Record<string, unknown>
}

/** As a browser asks for it. Throws on any status but 200. */
async function page(url: string): Promise<string> {
  const response = await fetch(url, { headers: { accept: 'text/html' } })
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}`)
  return await response.text()
}

test('S17: nothing of ours runs when it is installed as a dependency', () => {
  const { scripts } = readJson<{ scripts: Record<string, string> }>('package.json')
  expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$/.test(name))).toEqual([])
})

test('S17: the bill of materials names every package of production with its version, hash and a licence that may be, those that are installed among them', () => {
  const print = () => execFileSync(process.execPath, ['tools/sbom.ts'], { cwd: ROOT, encoding: 'utf8' })
  const { bomFormat, components } = JSON.parse(print()) as {
    bomFormat: string
    components: {
      name: string
      version: string
      scope: string
      hashes?: { content: string }[]
      licenses?: { expression: string }[]
    }[]
  }
  expect(print()).toBe(print())
  expect(bomFormat).toBe('CycloneDX')
  expect(components.filter(({ hashes }) => !/^[0-9a-f]{128}$/.test(hashes?.[0]?.content ?? ''))).toEqual([])
  const refused = components.flatMap(({ name, licenses }) =>
    refusedLicences(licenses?.[0]?.expression ?? '', 'installed').map((licence) => `${name}: ${licence}`),
  )
  expect(refused).toEqual([])
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

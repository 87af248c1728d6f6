import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')

/** Tells what it is, and whether what strips types was loaded for it. */
const tell = (name: string) => `
const told: string = ${JSON.stringify(name)}
const isLoaded: boolean = (process as any).moduleLoadList.some((entry: string) => entry.includes('amaro'))
console.log(told, isLoaded)
`
/** Starts a thread as the product does. */
const THREAD = `
import { Worker } from 'node:worker_threads'
import { WORKER_ARGUMENTS } from './platform/worker-arguments.ts'
new Worker(new URL('./thread.ts', import.meta.url), { execArgv: [...WORKER_ARGUMENTS] })
`

let directory: string
let kept: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'switchyard-strip-'))
  kept = join(directory, 'node_modules/.cache/stripped', process.versions.node, 'main.ts.kept')
  cpSync(join(ROOT, 'bin'), join(directory, 'bin'), { recursive: true })
  mkdirSync(join(directory, 'src/platform'), { recursive: true })
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(directory, 'src/main.ts'), tell('first'))
})

afterEach(() => {
  rmSync(directory, { recursive: true, force: true })
})

test('types are stripped at the first start and not at later ones, and a changed file is seen', async () => {
  expect(await start()).toEqual({ out: 'first true\n', err: '' })
  expect(await start()).toEqual({ out: 'first false\n', err: '' })
  writeFileSync(join(directory, 'src/main.ts'), tell('changed'))
  expect(await start()).toEqual({ out: 'changed true\n', err: '' })
  expect(await start()).toEqual({ out: 'changed false\n', err: '' })
})

test.each([
  ['without its end', (whole: string) => whole.slice(0, -20)],
  ['empty', () => ''],
  ['of another text', (whole: string) => whole.replace('first', 'other')],
])('a kept file that is %s is not used', async (_name, spoil) => {
  await start()
  writeFileSync(kept, spoil(readFileSync(kept, 'utf8')))
  expect(await start()).toEqual({ out: 'first true\n', err: '' })
  expect(await start()).toEqual({ out: 'first false\n', err: '' })
})

test('where nothing can be kept the program runs all the same', async () => {
  mkdirSync(join(directory, 'node_modules'))
  writeFileSync(join(directory, 'node_modules/.cache'), 'no folder')
  for (const _start of [1, 2]) expect(await start()).toEqual({ out: 'first true\n', err: '' })
})

test('a build keeps all that a process needs that may not write there', async () => {
  await promisify(execFile)(process.execPath, [join(directory, 'bin/strip-types.js')])
  expect(await start()).toEqual({ out: 'first false\n', err: '' })
})

test('a thread of the product takes what is kept', async () => {
  cpSync(join(ROOT, 'src/platform/worker-arguments.ts'), join(directory, 'src/platform/worker-arguments.ts'))
  writeFileSync(join(directory, 'src/main.ts'), THREAD)
  writeFileSync(join(directory, 'src/thread.ts'), tell('thread'))
  expect(await start()).toEqual({ out: 'thread true\n', err: '' })
  expect(await start()).toEqual({ out: 'thread false\n', err: '' })
})

test('what is thrown and what is no TypeScript is told with its file and line', async () => {
  const path = join(directory, 'src/main.ts')
  writeFileSync(path, `interface Told {\n  name: string\n}\nthrow new Error('on line four' satisfies Told['name'])\n`)
  for (const _start of [1, 2]) expect((await start()).err).toMatch(/Error: on line four\n.*src\/main\.ts:4:7/)
  writeFileSync(path, 'const told: = 1\n')
  expect((await start()).err).toContain(`${path}:1\n`)
})

async function start(): Promise<{ out: string; err: string }> {
  return await new Promise((resolve) => {
    execFile(process.execPath, [join(directory, 'bin/switchyard')], (_error, out, err) => resolve({ out, err }))
  })
}

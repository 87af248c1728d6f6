import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')

/** Stands where the real program does, and tells what it was given. */
const PROGRAM = `
console.log(JSON.stringify({ argv: process.argv.slice(2), node: process.versions.node }))
if (process.argv[2] === 'flags') {
  const settings = ['MALLOC_ARENA_MAX', 'MALLOC_MMAP_THRESHOLD_'].map((name) => name + '=' + process.env[name])
  console.log(settings.join(' '), 'node', process.execArgv.join(' '))
}
if (process.argv[2] === 'exit') process.exit(Number(process.argv[3]))
if (process.argv[2] === 'wait') {
  process.on('SIGTERM', () => process.exit(7))
  setInterval(() => {}, 1000)
  console.log('waiting')
}
`
/** Makes the Node that runs the tests pass for an old one; the Node that the program then starts is itself again. */
const PRETEND_OLD = `
Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.19.0' } })
Object.defineProperty(process, 'version', { value: 'v20.19.0' })
`

let directory: string
let running: ChildProcess | undefined

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'switchyard-bin-'))
  cpSync(join(ROOT, 'bin'), join(directory, 'bin'), { recursive: true })
  mkdirSync(join(directory, 'src/cli'), { recursive: true })
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }')
  for (const program of ['src/main.ts', 'src/cli/main.ts']) writeFileSync(join(directory, program), PROGRAM)
  writeFileSync(join(directory, 'pretend-old.cjs'), PRETEND_OLD)
})

afterEach(() => {
  running?.kill('SIGKILL')
  rmSync(directory, { recursive: true, force: true })
})

test('a new Node runs the program in its own process, with the arguments', async () => {
  const { stdout, code } = await run(start([], ['exit', '0', '--flag']))
  expect(JSON.parse(stdout)).toEqual({ argv: ['exit', '0', '--flag'], node: process.versions.node })
  expect(code).toBe(0)
})

test.each([
  ['no command', [], 'server'],
  ['start', ['start'], 'server'],
  ['any other command', ['keys', 'list'], 'client'],
  ['a question for help', ['--help'], 'client'],
])('%s runs what it should', async (_name, args, expected) => {
  writeFileSync(join(directory, 'src/main.ts'), `console.log('server')`)
  writeFileSync(join(directory, 'src/cli/main.ts'), `console.log('client')`)
  expect((await run(start([], args))).stdout.trim()).toBe(expected)
})

test.each([
  ['start', 'server'],
  ['keys', 'client'],
])('without the source, %s runs what was compiled', async (command, expected) => {
  rmSync(join(directory, 'src'), { recursive: true })
  mkdirSync(join(directory, 'dist/cli'), { recursive: true })
  writeFileSync(join(directory, 'dist/main.js'), `console.log('server')`)
  writeFileSync(join(directory, 'dist/cli/main.js'), `console.log('client')`)
  expect((await run(start([], [command]))).stdout.trim()).toBe(expected)
})

test('an old Node hands over to the one that is installed with the dependencies, and keeps its exit code', async () => {
  installNode()
  const { stdout, code } = await run(start(pretendOld(), ['exit', '5']))
  expect(JSON.parse(stdout)).toEqual({ argv: ['exit', '5'], node: process.versions.node })
  expect(code).toBe(5)
})

test('the settings of memory are the same by npm start, by name, and through an old Node', async () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: { start: string } }
  const flags = /^exec env (.+ node --.+) bin\/switchyard$/.exec(scripts.start)?.[1]
  expect(flags).toBeDefined()
  const path = `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`
  const byName = await run(spawnProgram(join(directory, 'bin/switchyard'), ['flags'], { ...process.env, PATH: path }))
  expect(byName.stdout.split('\n')[1]).toBe(flags)
  installNode()
  const throughOldNode = await run(start(pretendOld(), ['flags']))
  expect(throughOldNode.stdout.split('\n')[1]).toBe(flags)
})

test('an old Node passes signals on', async () => {
  installNode()
  const child = start(pretendOld(), ['wait'])
  for await (const chunk of child.stdout) if (String(chunk).includes('waiting')) break
  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  expect(code).toBe(7)
})

test('an old Node alone says in one line which one is needed', async () => {
  const { stderr, code } = await run(start(pretendOld(), []))
  expect(stderr).toMatch(/^switchyard needs Node 22\.19 or newer; this is v20\.19\.0 .*\n$/)
  expect(code).toBe(1)
})

test('a program that fails to load ends with exit code 1 and its stack', async () => {
  writeFileSync(join(directory, 'src/main.ts'), `throw new Error('broken at load')`)
  const { stderr, code } = await run(start([], []))
  expect(stderr).toContain('Error: broken at load')
  expect(code).toBe(1)
})

function installNode(): void {
  const home = join(directory, `node_modules/node-linux-${process.arch}`)
  mkdirSync(join(home, 'bin'), { recursive: true })
  writeFileSync(join(home, 'package.json'), '{}')
  symlinkSync(process.execPath, join(home, 'bin/node'))
}

function pretendOld(): string[] {
  return ['--require', join(directory, 'pretend-old.cjs')]
}

function start(nodeArgs: readonly string[], args: readonly string[]) {
  return spawnProgram(process.execPath, [...nodeArgs, join(directory, 'bin/switchyard'), ...args], process.env)
}

function spawnProgram(command: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  running = child
  return child
}

async function run(child: ReturnType<typeof start>): Promise<{ stdout: string; stderr: string; code: number }> {
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { stdout, stderr, code }
}

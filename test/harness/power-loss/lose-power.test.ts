import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { losePower, powerLossEnvironment, seededRandom } from './lose-power.ts'

let directory: string
let root: string
let logDirectory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'power-loss-'))
  root = join(directory, 'root')
  logDirectory = join(directory, 'log')
  mkdirSync(root)
})
afterEach(() => rmSync(directory, { recursive: true }))

/** Runs a program recorded, in a process that ends as by kill -9. The program has every function of `fs` and `fs/promises`. */
function run(program: string): void {
  expect(outcomeOf(program)).toEqual({ signal: 'SIGKILL', stderr: '' })
}

function outcomeOf(program: string): { signal: NodeJS.Signals | null; stderr: string } {
  const source = `
    import * as fs from 'node:fs'
    import * as promises from 'node:fs/promises'
    import { Worker } from 'node:worker_threads'
    process.chdir(${JSON.stringify(root)})
    const syncDirectory = (path) => { const d = fs.openSync(path, 'r'); fs.fsyncSync(d); fs.closeSync(d) }
    const create = (path, text) => { const f = fs.openSync(path, 'wx'); fs.writeSync(f, text); fs.fsyncSync(f); fs.closeSync(f); syncDirectory('.') }
    ${program}
    process.kill(process.pid, 'SIGKILL')`
  const path = join(directory, 'program.mjs')
  writeFileSync(path, source)
  const env = powerLossEnvironment(root, logDirectory)
  const { signal, stderr } = spawnSync(process.execPath, [path], { env, encoding: 'utf8' })
  return { signal, stderr }
}

function loseAll(): void {
  losePower({ root, logDirectory, random: Math.random, loses: 'all' })
}

function content(name: string): string | undefined {
  return existsSync(join(root, name)) ? readFileSync(join(root, name), 'utf8') : undefined
}

describe.skipIf(process.platform !== 'linux')('a power loss', () => {
  test.each([
    ['fsyncSync', 'fs.fsyncSync(f)'],
    ['fdatasyncSync', 'fs.fdatasyncSync(f)'],
    ['fsync', 'await new Promise((done) => fs.fsync(f, done))'],
    ['fdatasync', 'await new Promise((done) => fs.fdatasync(f, done))'],
  ])('keeps what was written before %s and drops what came after', (_name, sync) => {
    run(`create('a', ''); const f = fs.openSync('a', 'a'); fs.writeSync(f, 'kept'); ${sync}; fs.writeSync(f, ' lost')`)
    expect(content('a')).toBe('kept lost')
    loseAll()
    expect(content('a')).toBe('kept')
  })

  test('drops what was written while a sync ran that had begun before', () => {
    run(`create('a', 'old'); const f = fs.openSync('a', 'a'); fs.writeSync(f, ' kept')
      const synced = new Promise((done) => fs.fdatasync(f, done)); fs.writeSync(f, ' lost'); await synced`)
    loseAll()
    expect(content('a')).toBe('old kept')
  })

  test('drops what a sync that had not finished was to keep', () => {
    run(`create('a', 'old'); const f = fs.openSync('a', 'a'); fs.writeSync(f, ' lost'); fs.fdatasync(f, () => {})`)
    loseAll()
    expect(content('a')).toBe('old')
  })

  test('gives back the old bytes of what was overwritten, truncated or replaced', () => {
    run(`for (const name of 'abcd') create(name, 'old content of ' + name)
      const a = fs.openSync('a', 'r+'); fs.writeSync(a, 'NEW', 0, 'utf8')
      const b = fs.openSync('b', 'r+'); fs.ftruncateSync(b, 3)
      fs.writeFileSync('c', 'new'); fs.truncateSync('d', 1)`)
    expect([content('a'), content('b'), content('c'), content('d')]).toEqual(['NEW content of a', 'old', 'new', 'o'])
    loseAll()
    for (const name of 'abcd') expect(content(name)).toBe(`old content of ${name}`)
  })

  test('drops through file handles what they did not sync', () => {
    run(`create('a', 'old'); const f = await promises.open('a', 'r+')
      await f.writeFile('new'); await f.sync(); await f.write('MORE', 10); await f.close()`)
    expect(content('a')).toBe('new\0\0\0\0\0\0\0MORE')
    loseAll()
    expect(content('a')).toBe('new')
  })

  test('drops a new file whose directory was not synced, though its content was', () => {
    run(`const f = fs.openSync('a', 'wx'); fs.writeSync(f, 'text'); fs.fsyncSync(f)`)
    loseAll()
    expect(content('a')).toBeUndefined()
  })

  test('takes back creations, renames and removals until the directory is synced', () => {
    run(`for (const name of 'abc') create(name, name)
      fs.mkdirSync('made'); fs.writeFileSync('made/x', 'x'); fs.renameSync('a', 'b'); await promises.rm('c')`)
    expect(readdirSync(root).sort()).toEqual(['b', 'made'])
    expect(content('b')).toBe('a')
    loseAll()
    expect(readdirSync(root).sort()).toEqual(['a', 'b', 'c'])
    expect([content('a'), content('b'), content('c')]).toEqual(['a', 'b', 'c'])
  })

  test('keeps creations, renames and removals once the directory is synced', () => {
    run(`for (const name of 'abc') create(name, name)
      fs.mkdirSync('made'); fs.renameSync('a', 'b'); await promises.rm('c'); syncDirectory('.')`)
    loseAll()
    expect(readdirSync(root).sort()).toEqual(['b', 'made'])
    expect(content('b')).toBe('a')
  })

  test('gives back a directory that was removed with all in it', () => {
    run(`fs.mkdirSync('d/e', { recursive: true }); create('d/e/x', 'x'); syncDirectory('d/e'); syncDirectory('d'); syncDirectory('.')
      await promises.rm('d', { recursive: true })`)
    expect(content('d/e/x')).toBeUndefined()
    loseAll()
    expect(content('d/e/x')).toBe('x')
  })

  test('sees what a worker thread writes, and a sync in another thread', () => {
    writeFileSync(
      join(directory, 'worker.mjs'),
      `import fs from 'node:fs'; import { parentPort } from 'node:worker_threads'
       const f = fs.openSync('a', 'a'); fs.writeSync(f, ' of worker')
       parentPort.once('message', () => { fs.writeSync(f, ' lost'); fs.closeSync(f); parentPort.postMessage('written') })
       parentPort.postMessage('written')`,
    )
    run(`create('a', 'start')
      const worker = new Worker(${JSON.stringify(join(directory, 'worker.mjs'))})
      const written = () => new Promise((done) => worker.once('message', done))
      await written(); const f = fs.openSync('a', 'r+'); fs.fsyncSync(f)
      worker.postMessage('go'); await written()`)
    expect(content('a')).toBe('start of worker lost')
    loseAll()
    expect(content('a')).toBe('start of worker')
  })

  test('remembers what several processes left one after the other, the first of them cut off in the middle of a record', () => {
    run(`create('a', 'old'); const f = fs.openSync('a', 'r+'); fs.writeSync(f, 'one')`)
    for (const log of readdirSync(logDirectory).filter((name) => name.endsWith('.log'))) {
      appendFileSync(join(logDirectory, log), '{"type":"data","inode":1,"offs')
    }
    run(`const f = fs.openSync('a', 'r+'); fs.writeSync(f, 'two'); create('b', 'b')`)
    expect(content('a')).toBe('two')
    loseAll()
    expect([content('a'), content('b')]).toEqual(['old', 'b'])
  })

  test('of several sectors loses some, the same ones for the same seed, and never a synced one', () => {
    const outcomeOfSeed = (seed: number) => {
      run(`fs.rmSync('a', { force: true }); create('a', 'old!'.repeat(128 * 40))
        const f = fs.openSync('a', 'r+'); fs.writeSync(f, 'new!'.repeat(128 * 39), 512)`)
      losePower({ root, logDirectory, random: seededRandom(seed), loses: 'some' })
      return (content('a') ?? '').match(/.{512}/g) ?? []
    }
    const sectors = outcomeOfSeed(7)
    expect(sectors[0]).toBe('old!'.repeat(128))
    expect(new Set(sectors.slice(1))).toEqual(new Set(['old!'.repeat(128), 'new!'.repeat(128)]))
    expect(outcomeOfSeed(7)).toEqual(sectors)
    expect(outcomeOfSeed(8)).not.toEqual(sectors)
  })

  test('a file that grew may have any size from the old to the new one', () => {
    const sizes = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => {
      run(
        `fs.rmSync('a', { force: true }); create('a', 'x'); const f = fs.openSync('a', 'a'); fs.writeSync(f, 'y'.repeat(99))`,
      )
      losePower({ root, logDirectory, random: seededRandom(seed), loses: 'some' })
      return content('a')?.length ?? -1
    })
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(1)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(100)
    expect(new Set(sizes).size).toBeGreaterThan(2)
  })

  test('a change in a way that is not recorded ends the program instead of passing as durable', () => {
    const outcomes = [
      outcomeOf(`create('a', 'a'); fs.copyFileSync('a', 'b')`),
      outcomeOf(`fs.appendFileSync('a', 'a')`),
      outcomeOf(`const f = await promises.open('a', 'a'); await f.appendFile('b')`),
    ]
    for (const { signal, stderr } of outcomes) {
      expect(signal).toBeNull()
      expect(stderr).toMatch(/power loss: \S+ is not recorded/)
    }
  })

  test('files outside the watched directory are left alone', () => {
    run(`fs.writeFileSync('../outside', 'text')`)
    loseAll()
    expect(readFileSync(join(directory, 'outside'), 'utf8')).toBe('text')
  })
})

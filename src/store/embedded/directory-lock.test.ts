import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { acquireDirectoryLock, DirectoryLocked, type LockHolder } from './directory-lock.ts'
import { readMachine } from './machine.ts'

const MODULE = new URL('./directory-lock.ts', import.meta.url).href
const ROUNDS = process.env['SWITCHYARD_TEST_SIZE'] === 'full' ? 100 : 12

/** Takes the lock, says so with its pid, and keeps it until it is killed. While it holds the lock it holds the file `owner`
 *  too, made with O_EXCL: finding it there means that two had the lock at once. */
const HOLDER = `
  import { existsSync, openSync, rmSync, writeFileSync } from 'node:fs'
  const { acquireDirectoryLock } = await import(${JSON.stringify(MODULE)})
  const [directory] = process.argv.slice(1)
  try {
    await acquireDirectoryLock({ directory })
    const owner = directory + '/owner'
    if (existsSync(owner)) {
      const pid = Number((await import('node:fs')).readFileSync(owner, 'utf8'))
      try { process.kill(pid, 0); console.log('violation ' + pid) } catch {}
    }
    writeFileSync(owner, String(process.pid))
    console.log('held ' + process.pid)
    setInterval(() => {}, 1000)
  } catch (error) {
    console.log('refused ' + error.message)
  }
`

let directory: string
let children: ChildProcess[]

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lock-'))
  children = []
})
afterEach(async () => {
  await Promise.all(children.map(kill))
  rmSync(directory, { recursive: true, force: true })
})

/** The child's first line. */
async function startHolder(): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { NODE_NO_WARNINGS: '1' },
  })
  children.push(child)
  if (!child.stdout) throw new Error('no output')
  for await (const line of createInterface(child.stdout)) return { child, line }
  throw new Error('the child said nothing')
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

/** Leaves a lock as a holder would that is gone without a word. */
function leaveLock(changes: Partial<LockHolder>, heartbeatAgeMs = 0): void {
  const holder: LockHolder = {
    ...readMachine(),
    since: '2026-01-01T00:00:00.000Z',
    socket: join(directory, 'gone.sock'),
    ...changes,
  }
  const path = join(directory, 'lock.7')
  writeFileSync(path, JSON.stringify(holder))
  const at = (Date.now() - heartbeatAgeMs) / 1_000
  utimesSync(path, at, at)
}

test('a second process is refused with the pid of the first', async () => {
  const first = await startHolder()
  const second = await startHolder()
  expect(first.line).toBe(`held ${first.child.pid}`)
  expect(second.line).toContain(`in use by process ${first.child.pid} on `)
  await expect(acquireDirectoryLock({ directory })).rejects.toThrow(DirectoryLocked)
})

test('a second acquisition in the same process is refused', async () => {
  const lock = await acquireDirectoryLock({ directory })
  await expect(acquireDirectoryLock({ directory })).rejects.toThrow(`in use by process ${process.pid}`)
  await lock.release()
})

test('a released lock is free at once, and old files do not pile up', async () => {
  for (let round = 0; round < 20; round++) await (await acquireDirectoryLock({ directory })).release()
  expect(readdirSync(directory)).toEqual(['lock.20'])
})

test('after kill -9 the next process takes over, and of several at once exactly one', {
  timeout: 600_000,
}, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const started = await Promise.all([startHolder(), startHolder(), startHolder()])
    const lines = started.map(({ line }) => line.split(' ')[0])
    expect(lines.sort(), `round ${round}`).toEqual(['held', 'refused', 'refused'])
    await Promise.all(started.map(({ child }) => kill(child)))
  }
})

test('a reused pid is recognised by its start time', async () => {
  leaveLock({ pid: process.pid, startTicks: '1' })
  const lock = await acquireDirectoryLock({ directory })
  await lock.release()
})

test('a live pid of the same start time keeps the lock while its heartbeat moves, even without its socket', async () => {
  leaveLock({ pid: process.pid })
  const beating = setInterval(() => utimesSync(join(directory, 'lock.7'), new Date(), new Date()), 20)
  await expect(acquireDirectoryLock({ directory, staleMs: 500 })).rejects.toThrow('it shows signs of life')
  clearInterval(beating)
})

test('a lock held on another machine is refused however old it is', async () => {
  leaveLock({ machineId: 'other', bootId: 'other', host: 'elsewhere', pid: 4_000_000 }, 86_400_000)
  await expect(acquireDirectoryLock({ directory })).rejects.toThrow(
    /process 4000000 on elsewhere since .* another machine/,
  )
})

test('an earlier boot of this machine does not keep the lock, although its pid is in use now', async () => {
  leaveLock({ bootId: 'earlier', pid: process.pid })
  const lock = await acquireDirectoryLock({ directory })
  await lock.release()
})

test('another container of the same machine keeps a lock that beats and loses one that stood still', async () => {
  leaveLock({ pidNamespace: 'pid:[1]', pid: 1 }, 0)
  const waits: string[] = []
  const lock = await acquireDirectoryLock({ directory, staleMs: 300, onWait: (message) => waits.push(message) })
  expect(waits).toHaveLength(1)
  await lock.release()
  leaveLock({ pidNamespace: 'pid:[1]', pid: 1 }, 0)
  rmSync(join(directory, 'lock.8'))
  const beating = setInterval(() => utimesSync(join(directory, 'lock.7'), new Date(), new Date()), 20)
  await expect(acquireDirectoryLock({ directory, staleMs: 300 })).rejects.toThrow(DirectoryLocked)
  clearInterval(beating)
})

test('a holder that answers keeps the lock however long its heartbeat has stood still', async () => {
  const lock = await acquireDirectoryLock({ directory, heartbeatMs: 1_000_000 })
  const path = join(directory, 'lock.1')
  const holder = JSON.parse(readFileSync(path, 'utf8')) as LockHolder
  writeFileSync(path, JSON.stringify({ ...holder, pidNamespace: 'pid:[1]' }))
  utimesSync(path, 1, 1)
  await expect(acquireDirectoryLock({ directory })).rejects.toThrow('it answers')
  await lock.release()
})

test('a lock file that was never written completely is waited for, not trusted and not in the way for ever', async () => {
  writeFileSync(join(directory, 'lock.3'), '{"pid":')
  const lock = await acquireDirectoryLock({ directory, staleMs: 300 })
  expect(existsSync(join(directory, 'lock.4'))).toBe(true)
  await lock.release()
})

test('a forced lock tells its last holder to stop, and the refusal names the risk of forcing', async () => {
  let lost: (message: string) => void = () => {}
  const loss = new Promise<string>((done) => {
    lost = done
  })
  const first = await acquireDirectoryLock({ directory, heartbeatMs: 20, onLost: lost })
  await expect(acquireDirectoryLock({ directory })).rejects.toThrow(/--force-unlock.*data will be lost/)
  const second = await acquireDirectoryLock({ directory, isForced: true })
  expect(await loss).toContain(`process ${process.pid}`)
  await first.release()
  await expect(acquireDirectoryLock({ directory })).rejects.toThrow(DirectoryLocked)
  await second.release()
})

test('a directory whose path is too long for a socket is locked as well', async () => {
  const long = join(directory, 'd'.repeat(120))
  mkdirSync(long)
  const lock = await acquireDirectoryLock({ directory: long })
  const holder = JSON.parse(readFileSync(join(long, 'lock.1'), 'utf8')) as LockHolder
  expect(holder.socket.startsWith(long)).toBe(false)
  expect(existsSync(holder.socket)).toBe(true)
  writeFileSync(join(long, 'lock.1'), JSON.stringify({ ...holder, pidNamespace: 'pid:[1]' }))
  await expect(acquireDirectoryLock({ directory: long })).rejects.toThrow('it answers')
  await lock.release()
  expect(existsSync(holder.socket)).toBe(false)
})

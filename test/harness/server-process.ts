import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

export interface ServerProcessOptions {
  /** Program and arguments. */
  command: readonly [string, ...string[]]
  cwd: string
  /** The whole environment but for PATH, HOME and TMPDIR, which are handed on. */
  env: Readonly<Record<string, string>>
  /** Where the lines of its output are added. */
  stdout?: string[]
  stderr?: string[]
}

/** A child in its own process group, with its output by lines. */
export interface ServerProcess {
  readonly pid: number
  /** Exit code, or the signal's name; undefined while it runs. */
  exit(): number | NodeJS.Signals | undefined
  /** Sends the signal to the process alone. */
  signal(signal: NodeJS.Signals): void
  /** SIGKILL to the whole group; resolves when it is gone. */
  kill9(): Promise<void>
  /** SIGTERM, then its exit; after `timeoutMs` it is killed and this throws with its output. */
  terminate(timeoutMs: number): Promise<number | NodeJS.Signals>
  /** All output so far, for an error message. */
  output(): string
}

const PORT_FIRST = 20_000
const PORT_COUNT = 12_000
const RESERVED_MS = 60_000
const OUTPUT_LINES_MAX = 100_000
const OUTPUT_TAIL_LINES = 60
const POLL_MS = 25

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) killGroup(child)
})

export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const [program, ...args] = options.command
  const env = { ...inheritedEnvironment(), ...options.env }
  const child = spawn(program, args, { cwd: options.cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  await once(child, 'spawn')
  running.add(child)
  const exited = once(child, 'exit').then(() => running.delete(child))
  const { stdout = [], stderr = [] } = options
  collectLines(child.stdout, stdout)
  collectLines(child.stderr, stderr)
  const output = () => [...stdout, ...stderr].slice(-OUTPUT_TAIL_LINES).join('\n')
  const exit = () => child.exitCode ?? child.signalCode ?? undefined
  const kill9 = async () => {
    killGroup(child)
    await exited
  }
  return {
    pid: child.pid ?? 0,
    exit,
    signal: (signal) => void child.kill(signal),
    kill9,
    output,
    terminate: async (timeoutMs) => {
      child.kill('SIGTERM')
      const stop = new AbortController()
      const late = sleep(timeoutMs, 'late', { signal: stop.signal }).catch(() => 'stopped')
      const first = await Promise.race([exited, late])
      stop.abort()
      if (first === 'late') {
        await kill9()
        throw new Error(`process ${child.pid} did not stop within ${timeoutMs} ms of SIGTERM\n${output()}`)
      }
      return exit() ?? 0
    },
  }
}

/** Resolves at the first answer with status 200. Throws with the process's output when it ends first or time is up. */
export async function waitUntilServing(server: ServerProcess, url: string, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (performance.now() < deadline) {
    const status = await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
      async (response) => {
        await response.arrayBuffer()
        return response.status
      },
      () => 0,
    )
    if (status === 200) return
    if (server.exit() !== undefined)
      throw new Error(`server ended with ${server.exit()} before serving\n${server.output()}`)
    await sleep(POLL_MS)
  }
  throw new Error(`${url} did not answer 200 within ${timeoutMs} ms\n${server.output()}`)
}

/** A port that is free now and that no other test was given lately, below the range from which the system takes ports of outgoing
 *  connections. Two that start at once on one port would both take the answers of the faster for their own. */
export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = PORT_FIRST + Math.floor(Math.random() * PORT_COUNT)
    if (reserve(port) && (await isFree(port))) return port
  }
  throw new Error(`no free port from ${PORT_FIRST} to ${PORT_FIRST + PORT_COUNT}`)
}

/** For as long as a start may take. */
function reserve(port: number): boolean {
  const directory = join(tmpdir(), 'switchyard-ports')
  const path = join(directory, String(port))
  mkdirSync(directory, { recursive: true })
  const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0)
  if (age < RESERVED_MS) return false
  rmSync(path, { force: true })
  try {
    closeSync(openSync(path, 'wx'))
    return true
  } catch {
    return false
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

function inheritedEnvironment(): Record<string, string> {
  const inherited: Record<string, string> = {}
  for (const name of ['PATH', 'HOME', 'TMPDIR']) {
    const value = process.env[name]
    if (value !== undefined) inherited[name] = value
  }
  return inherited
}

/** Keeps the newest lines only, so that a chatty server in a long test stays small here. */
function collectLines(stream: NodeJS.ReadableStream | null, lines: string[]): void {
  if (!stream) return
  createInterface({ input: stream }).on('line', (line) => {
    lines.push(line)
    if (lines.length > OUTPUT_LINES_MAX) lines.splice(0, OUTPUT_LINES_MAX / 2)
  })
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    child.kill('SIGKILL')
  }
}

/**
 * `npm run bench`: Switchyard, a bare undici forwarder and @portkey-ai/gateway in one run, each alone on core 0, upstream and
 * load on core 1. Two measures: CPU a request at a fixed open-loop rate, and requests a second with the core saturated (a
 * subject that left its core less than 95 % busy is marked `load-bound`: then the load was the limit). Rounds are
 * interleaved; medians and the spread over rounds are printed and written to `.tmp/bench.json`.
 * Options: --rounds N, --seconds N, --only json,sse, --quick, --without-portkey, --soak SECONDS.
 */
import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { LoadOrder, Measurement } from './measurement.ts'
import { residentMb } from './process-usage.ts'
import { direct, type Subject, startForwarder, startPortkey, startSwitchyard } from './subjects.ts'

const LOAD_CORE = '1'
const LEAD_IN_MS = 1_500
const WARM_UP_MS = 8_000
const CONNECTIONS = { json: 64, sse: 128 }
/** Rates that the slowest subject still sustains; Portkey has its own, because it sustains far less. */
const RATES = { json: { portkey: 150, others: 1_000 }, sse: { portkey: 0, others: 100 } }
const BUSY_MIN = 0.95

type Kind = 'json' | 'sse'
interface Result {
  subject: string
  kind: Kind
  open: Measurement[]
  closed: Measurement[]
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    only: { type: 'string', default: 'json,sse' },
    quick: { type: 'boolean', default: false },
    'without-portkey': { type: 'boolean', default: false },
    soak: { type: 'string' },
  },
})
const rounds = values.quick ? 1 : Number(values.rounds)
const windowMs = (values.quick ? 3 : Number(values.seconds)) * 1_000
const kinds = values.only.split(',') as Kind[]

pinDatabase()
const upstream = forkPinned('fast-upstream.ts')
const { port: upstreamPort } = await new Promise<{ port: number }>((resolve) => upstream.once('message', resolve))
const load = forkPinned('load.ts')
const subjects = [await startForwarder(upstreamPort), await startSwitchyard(upstreamPort)]
if (!values['without-portkey'] && values.soak === undefined) subjects.push(await startPortkey(upstreamPort))
try {
  if (values.soak === undefined) await compare()
  else await soak(Number(values.soak))
} finally {
  for (const subject of subjects) await subject.stop()
  load.disconnect()
  upstream.disconnect()
}

async function compare(): Promise<void> {
  const results: Result[] = kinds.flatMap((kind) =>
    subjects.filter(({ name }) => canDo(name, kind)).map(({ name }) => ({ subject: name, kind, open: [], closed: [] })),
  )
  for (const kind of kinds) {
    const alone = await measure({ ...direct(upstreamPort), pid: undefined }, kind, { connections: CONNECTIONS[kind] })
    console.log(`${kind}: upstream alone answers ${alone.requestsPerSecond.toFixed(0)} requests/s`)
  }
  // A subject that has just started spends its time on compiling.
  for (const { subject: name, kind } of results) {
    const subject = subjects.find((candidate) => candidate.name === name)
    if (subject) await measure(subject, kind, { connections: CONNECTIONS[kind] }, WARM_UP_MS)
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const result of results) {
      const subject = subjects.find(({ name }) => name === result.subject)
      if (subject) await measureRound(subject, result)
    }
    console.log(`round ${round + 1} of ${rounds} done`)
  }
  report(results)
}

/** Portkey's server fails each stream on this Node ("TypeError: immutable" in its updateHeaders), so it is compared by JSON alone. */
function canDo(subject: string, kind: Kind): boolean {
  return subject !== 'portkey' || kind === 'json'
}

async function measureRound(subject: Subject, result: Result): Promise<void> {
  const rates = RATES[result.kind]
  const ratePerSecond = subject.name === 'portkey' ? rates.portkey : rates.others
  result.open.push(await measure(subject, result.kind, { ratePerSecond }))
  result.closed.push(await measure(subject, result.kind, { connections: CONNECTIONS[result.kind] }))
}

/** Saturates Switchyard with JSON for `seconds` and prints its memory each 30 s. */
async function soak(seconds: number): Promise<void> {
  const subject = subjects.find(({ name }) => name === 'switchyard')
  if (!subject) return
  for (let elapsed = 0; elapsed < seconds; elapsed += 30) {
    const measurement = await measure(subject, 'json', { connections: CONNECTIONS.json }, 30_000 - LEAD_IN_MS)
    console.log(
      `${elapsed + 30} s: ${measurement.requestsPerSecond.toFixed(0)} requests/s, RSS ${residentMb(subject.pid).toFixed(0)} MB`,
    )
  }
}

async function measure(
  subject: { name: string; port: number; pid: number | undefined; request: Subject['request'] },
  kind: Kind,
  loadKind: LoadOrder['load'],
  forMs = windowMs,
): Promise<Measurement> {
  const order: LoadOrder = {
    port: subject.port,
    request: subject.request(kind === 'sse'),
    stream: kind === 'sse',
    load: loadKind,
    leadInMs: LEAD_IN_MS,
    windowMs: forMs,
    ...(subject.pid === undefined ? {} : { pid: subject.pid }),
  }
  load.send({ id: 0, order })
  const { measurement } = await new Promise<{ measurement: Measurement }>((resolve) => load.once('message', resolve))
  if (measurement.failed > 0)
    console.log(`${subject.name} ${kind}: ${measurement.failed} failed: ${measurement.firstFailure}`)
  return measurement
}

function report(results: Result[]): void {
  const rows = results.map(({ subject, kind, open, closed }) => ({
    kind,
    subject,
    'CPU µs/request': spread(open.map(({ cpuMicrosPerRequest }) => cpuMicrosPerRequest)),
    'p50 ms': median(open.map(({ latencyMs }) => latencyMs.p50)).toFixed(2),
    'p99 ms': median(open.map(({ latencyMs }) => latencyMs.p99)).toFixed(2),
    'requests/s': spread(closed.map(({ requestsPerSecond }) => requestsPerSecond)),
    core:
      median(closed.map(({ busy }) => busy)) >= BUSY_MIN
        ? 'busy'
        : `load-bound (${median(closed.map(({ busy }) => busy)).toFixed(2)})`,
    'RSS MB': median(closed.map(({ residentMb: mb }) => mb)).toFixed(0),
  }))
  console.table(rows)
  for (const kind of kinds) for (const other of ['forwarder', 'portkey']) printRatio(results, kind, other)
  mkdirSync('.tmp', { recursive: true })
  writeFileSync(
    join('.tmp', 'bench.json'),
    JSON.stringify({ node: process.version, rounds, windowMs, results }, null, 2),
  )
}

function printRatio(results: Result[], kind: Kind, other: string): void {
  const own = results.find((result) => result.kind === kind && result.subject === 'switchyard')
  const base = results.find((result) => result.kind === kind && result.subject === other)
  if (!own || !base) return
  const cpu = median(base.open.map((m) => m.cpuMicrosPerRequest)) / median(own.open.map((m) => m.cpuMicrosPerRequest))
  const rate = median(own.closed.map((m) => m.requestsPerSecond)) / median(base.closed.map((m) => m.requestsPerSecond))
  console.log(`${kind}: switchyard / ${other} = ${rate.toFixed(2)} by requests/s, ${cpu.toFixed(2)} by CPU a request`)
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}

function spread(numbers: number[]): string {
  return `${median(numbers).toFixed(0)} (${Math.min(...numbers).toFixed(0)}–${Math.max(...numbers).toFixed(0)})`
}

function forkPinned(file: string): ChildProcess {
  const child = fork(join(import.meta.dirname, file))
  execFileSync('taskset', ['-a', '-c', '-p', LOAD_CORE, String(child.pid)], { stdio: 'ignore' })
  return child
}

/** Moves a local PostgreSQL away from the subject's core; its new connections inherit that. Without the right to, it stays. */
function pinDatabase(): void {
  if (!process.env['DATABASE_URL']) return
  try {
    const pids = execFileSync('pgrep', ['postgres'], { encoding: 'utf8' }).trim().split('\n')
    for (const pid of pids) execFileSync('taskset', ['-a', '-c', '-p', LOAD_CORE, pid], { stdio: 'ignore' })
  } catch {
    console.log('PostgreSQL could not be pinned')
  }
}

/**
 * `npm run bench`: Switchyard plain; governed (six limits, IP allowlists, guardrails, filters that redact; to be at least 0.80 of
 * plain); translating from and to Anthropic's format (at least 0.50 of plain); a bare undici forwarder; and @portkey-ai/gateway; in one
 * run, each alone on core 0, upstream and load on core 1. Three measures: CPU a request at one open-loop rate, the same for all (a
 * subject that fell behind it is marked `not sustained`); requests a second with the core saturated (a subject that left its core
 * less than 95 % busy is marked `load-bound`: then the load was the limit, and its rate says nothing); and what each adds to the time
 * of a stream's first word at half the rate that Switchyard sustains (under 2 ms at p99). Rounds are interleaved; medians and the
 * spread over rounds are printed and written to `.tmp/bench.json`.
 * Options: --rounds N, --seconds N, --only json,sse, --quick, --without-portkey, --without-governed, --without-translated,
 * --soak SECONDS.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { LoadOrder, Measurement } from './measurement.ts'
import { forkPinned, pinDatabase } from './pinning.ts'
import { machineTicks, residentMb } from './process-usage.ts'
import { direct, type Subject, startForwarder, startGoverned, startPortkey, startSwitchyard } from './subjects.ts'

const LEAD_IN_MS = 1_500
const WARM_UP_MS = 8_000
const CONNECTIONS = { json: 128, sse: 128 }
/** What the slowest subject still sustains: CPU a request falls as the rate rises, so all must have the same. */
const RATES = { json: 1_000, sse: 100 }
const SUSTAINED_MIN = 0.97
const BUSY_MIN = 0.95
/** More than this, spent by others before the start, and every figure here is too bad by an unknown amount. */
const BACKGROUND_MAX = 0.05
const BACKGROUND_SAMPLE_MS = 2_000

type Kind = 'json' | 'sse'
interface Result {
  subject: string
  kind: Kind
  open: Measurement[]
  closed: Measurement[]
  /** Of streams, at half the rate that Switchyard sustains. */
  half: Measurement[]
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    only: { type: 'string', default: 'json,sse' },
    quick: { type: 'boolean', default: false },
    'without-portkey': { type: 'boolean', default: false },
    'without-governed': { type: 'boolean', default: false },
    'without-translated': { type: 'boolean', default: false },
    soak: { type: 'string' },
  },
})
const rounds = values.quick ? 1 : Number(values.rounds)
const windowMs = (values.quick ? 3 : Number(values.seconds)) * 1_000
const kinds = values.only.split(',') as Kind[]

const background = await measureBackground()
if (background > BACKGROUND_MAX) {
  console.log(`WARNING: other programs use ${(background * 100).toFixed(0)} % of this machine; the figures are no use`)
}
console.log(
  process.env['DATABASE_URL']
    ? 'gateways on PostgreSQL (DATABASE_URL)'
    : 'gateways on the embedded database, whose CPU and memory count as theirs; set DATABASE_URL for PostgreSQL',
)
const unpinDatabase = pinDatabase()
const upstream = forkPinned('fast-upstream.ts')
const { port: upstreamPort } = await new Promise<{ port: number }>((resolve) => upstream.once('message', resolve))
const load = forkPinned('load.ts')
const subjects: Subject[] = []
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
try {
  subjects.push(await startForwarder(upstreamPort))
  const [plain, ...translated] = await startSwitchyard(upstreamPort)
  subjects.push(plain, ...(values['without-translated'] ? [] : translated))
  if (!values['without-governed'] && values.soak === undefined) subjects.push(await startGoverned(upstreamPort))
  if (!values['without-portkey'] && values.soak === undefined) subjects.push(await startPortkey(upstreamPort))
  if (values.soak === undefined) await compare()
  else await soak(Number(values.soak))
} finally {
  for (const subject of subjects) await subject.stop()
  load.disconnect()
  upstream.disconnect()
  unpinDatabase()
}

async function measureBackground(): Promise<number> {
  const before = machineTicks()
  await sleep(BACKGROUND_SAMPLE_MS)
  const after = machineTicks()
  return (after.spent - before.spent) / (after.total - before.total)
}

async function compare(): Promise<void> {
  const results: Result[] = kinds.flatMap((kind) =>
    subjects.map(({ name }) => ({ subject: name, kind, open: [], closed: [], half: [] })),
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
  const halfRate = kinds.includes('sse') ? await measureHalfRate() : 0
  for (let round = 0; round < rounds; round += 1) {
    for (const result of results) {
      const subject = subjects.find(({ name }) => name === result.subject)
      if (subject) await measureRound(subject, result, halfRate)
    }
    console.log(`round ${round + 1} of ${rounds} done`)
  }
  report(results)
  printAddedTime(results, halfRate)
}

/** Half of the streams a second that Switchyard sustains. */
async function measureHalfRate(): Promise<number> {
  const subject = subjects.find(({ name }) => name === 'switchyard')
  if (!subject) return RATES.sse
  const { requestsPerSecond } = await measure(subject, 'sse', { connections: CONNECTIONS.sse })
  return Math.max(1, Math.round(requestsPerSecond / 2))
}

async function measureRound(subject: Subject, result: Result, halfRate: number): Promise<void> {
  result.open.push(await measure(subject, result.kind, { ratePerSecond: RATES[result.kind] }))
  result.closed.push(await measure(subject, result.kind, { connections: CONNECTIONS[result.kind] }))
  if (result.kind === 'sse') result.half.push(await measure(subject, 'sse', { ratePerSecond: halfRate }))
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
  subject: Pick<Subject, 'name' | 'port' | 'format' | 'request'> & { pid: number | undefined },
  kind: Kind,
  loadKind: LoadOrder['load'],
  forMs = windowMs,
): Promise<Measurement> {
  const order: LoadOrder = {
    port: subject.port,
    request: subject.request(kind === 'sse'),
    stream: kind === 'sse',
    format: subject.format,
    load: loadKind,
    leadInMs: LEAD_IN_MS,
    windowMs: forMs,
    ...(subject.pid === undefined ? {} : { pid: subject.pid }),
  }
  load.send({ id: 0, order })
  const { measurement } = await new Promise<{ measurement: Measurement }>((resolve) => load.once('message', resolve))
  if (measurement.failed > 0) {
    console.log(`${subject.name} ${kind}: ${measurement.failed} failed: ${measurement.firstFailure}`)
    process.exitCode = 1
  }
  return measurement
}

function report(results: Result[]): void {
  const rows = results.map(({ subject, kind, open, closed, half }) => ({
    kind,
    subject,
    'CPU µs/request': spread(open, (m) => m.cpuMicrosPerRequest) + (isSustained(kind, open) ? '' : ' not sustained'),
    'p50 ms': medianOf(open, (m) => m.latencyMs.p50).toFixed(2),
    'p99 ms': medianOf(open, (m) => m.latencyMs.p99).toFixed(2),
    'first content p50, p99 ms': kind === 'sse' ? firstContent(open) : '',
    'at half load': kind === 'sse' ? firstContent(half) : '',
    'requests/s': spread(closed, (m) => m.requestsPerSecond),
    'CPU µs then': medianOf(closed, (m) => m.cpuMicrosPerRequest).toFixed(0),
    core: isBusy(closed) ? 'busy' : `load-bound (${medianOf(closed, (m) => m.busy).toFixed(2)})`,
    'RSS MB': medianOf(closed, (m) => m.residentMb).toFixed(0),
  }))
  console.table(rows)
  for (const kind of kinds) {
    for (const other of ['forwarder', 'portkey']) printRatio(results, kind, ['switchyard', other])
    for (const name of ['governed', 'messages→openai-chat', 'chat→anthropic']) {
      printRatio(results, kind, [name, 'switchyard'])
    }
  }
  mkdirSync('.tmp', { recursive: true })
  writeFileSync(
    join('.tmp', 'bench.json'),
    JSON.stringify({ node: process.version, background, rounds, windowMs, rates: RATES, results }, null, 2),
  )
}

/** How the first does beside the second: above 1 it is the better one. */
function printRatio(results: Result[], kind: Kind, [name, other]: readonly [string, string]): void {
  const own = results.find((result) => result.kind === kind && result.subject === name)
  const base = results.find((result) => result.kind === kind && result.subject === other)
  if (!own || !base) return
  const ratio = (above: Measurement[], below: Measurement[], read: (m: Measurement) => number) =>
    (medianOf(above, read) / medianOf(below, read)).toFixed(2)
  const cpu = ratio(base.open, own.open, (m) => m.cpuMicrosPerRequest)
  const saturatedCpu = ratio(base.closed, own.closed, (m) => m.cpuMicrosPerRequest)
  const rate = ratio(own.closed, base.closed, (m) => m.requestsPerSecond)
  const loadBound = isBusy(own.closed) && isBusy(base.closed) ? '' : ' (load-bound)'
  const unsustained = isSustained(kind, own.open) && isSustained(kind, base.open) ? '' : ' (not sustained)'
  console.log(
    `${kind}: ${name} / ${other} = ${cpu} by CPU a request at ${RATES[kind]}/s${unsustained}, ` +
      `saturated ${saturatedCpu} by CPU a request, ${rate} by requests/s${loadBound}`,
  )
}

/** What each adds to the time of the first word of a stream beside the forwarder, in the same rounds. */
function printAddedTime(results: Result[], halfRate: number): void {
  const halves = results.filter(({ kind }) => kind === 'sse')
  const base = halves.find(({ subject }) => subject === 'forwarder')?.half
  if (base === undefined) return
  for (const { subject, half } of halves) {
    if (subject === 'forwarder') continue
    const [p50, p99] = (['p50', 'p99'] as const).map((share) => {
      const added = half.map(({ firstContentMs }, at) => firstContentMs[share] - (base[at]?.firstContentMs[share] ?? 0))
      return `${median(added).toFixed(2)} (${Math.min(...added).toFixed(2)}–${Math.max(...added).toFixed(2)})`
    })
    console.log(
      `sse at ${halfRate}/s, half load: ${subject} adds ${p50} ms to the first word in the middle, ${p99} ms at p99`,
    )
  }
}

function isSustained(kind: Kind, open: Measurement[]): boolean {
  return medianOf(open, (m) => m.requestsPerSecond) >= SUSTAINED_MIN * RATES[kind]
}

function isBusy(closed: Measurement[]): boolean {
  return medianOf(closed, (m) => m.busy) >= BUSY_MIN
}

function firstContent(open: Measurement[]): string {
  return `${medianOf(open, (m) => m.firstContentMs.p50).toFixed(2)}, ${medianOf(open, (m) => m.firstContentMs.p99).toFixed(2)}`
}

function medianOf(measurements: Measurement[], read: (measurement: Measurement) => number): number {
  return median(measurements.map(read))
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}

function spread(measurements: Measurement[], read: (measurement: Measurement) => number): string {
  const numbers = measurements.map(read)
  return `${median(numbers).toFixed(0)} (${Math.min(...numbers).toFixed(0)}–${Math.max(...numbers).toFixed(0)})`
}

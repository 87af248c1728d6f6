/**
 * `npm run bench:peers`: Switchyard beside other gateways, each alone on core 0, upstream and load on core 1: plain (a key lets in) and
 * governed (a budget on that key is enforced). Speed: an open loop at one rate, the same for all, and the highest rate that each keeps
 * up; JSON and SSE. Governance: what a budget that fits exactly some requests lets through and refuses, which acknowledged requests
 * have no row, and how long a revoked key is accepted. What can't be installed is named with its reason. Prints tables, writes
 * `.tmp/peers.json` and, with `--write docs/peers.md`, the figures of that page. PostgreSQL (DATABASE_URL) and Redis (REDIS_URL) are given
 * to who can use them.
 * Options: --only NAME,NAME, --kinds json,sse, --rounds N, --seconds N, --requests N and --clients N (budget), --revocations N, --quick,
 * --write PAGE.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { toUsd } from '../../src/domain/money.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import type { LoadOrder, Measurement } from './measurement.ts'
import { AMPLE_USD, type GovernedSubject, PEERS, type Peer } from './peer-gateways.ts'
import {
  describePeers,
  type GovernanceRecord,
  governanceRows,
  isSustained,
  type Kind,
  type PeersRecord,
  reasons,
  replaceSection,
  type SpeedRecord,
  speedRows,
} from './peer-report.ts'
import { ANSWER, type BudgetFigures, budgetFor, judgeBudget, playBudget, playRevocations } from './peer-scenes.ts'
import { forkPinned, pinDatabase } from './pinning.ts'
import { machineTicks } from './process-usage.ts'
import { direct, type Subject } from './subjects.ts'

const LEAD_IN_MS = 1_500
const WARM_UP_MS = 6_000
const CONNECTIONS = 64
/** What the slowest still keeps up. */
const RATES = { json: 40, sse: 10 }
/** Of what the core took when saturated, from the highest on. */
const SHARES = [0.95, 0.85, 0.7, 0.5]
/** What was still open when a load ended is gone by then. */
const DRAIN_MS = 1_500
const BACKGROUND_MAX = 0.05
const BACKGROUND_SAMPLE_MS = 2_000
const HEADING = 'Figures'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: PEERS.map(({ name }) => name).join(',') },
    kinds: { type: 'string', default: 'json,sse' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '6' },
    requests: { type: 'string', default: '200' },
    clients: { type: 'string', default: '50' },
    revocations: { type: 'string', default: '100' },
    quick: { type: 'boolean', default: false },
    write: { type: 'string' },
  },
})
const kinds = values.kinds.split(',') as Kind[]
const rounds = values.quick ? 1 : whole('rounds')
const windowMs = (values.quick ? 2 : whole('seconds')) * 1_000
const warmUpMs = values.quick ? 2_000 : WARM_UP_MS
const revocationCount = values.quick ? 10 : whole('revocations')
const wanted = values.only.split(',')
const unknown = wanted.find((name) => !PEERS.some((peer) => peer.name === name))
if (unknown !== undefined) throw new Error(`--only ${unknown}: there are ${PEERS.map(({ name }) => name).join(', ')}`)

const speed: SpeedRecord[] = []
const governance: GovernanceRecord[] = []
const missing: PeersRecord['missing'][number][] = []
const directly: Partial<Record<Kind, Measurement[]>> = {}
const installed: Peer[] = []
for (const peer of PEERS.filter(({ name }) => wanted.includes(name))) {
  console.log(`installing ${peer.name}`)
  await attempt(peer.name, async () => {
    await peer.install()
    installed.push(peer)
  })
}
const background = await measureBackground()
if (background > BACKGROUND_MAX) {
  console.log(`WARNING: other programs use ${(background * 100).toFixed(0)} % of this machine; the figures are no use`)
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
const unpinDatabase = pinDatabase()
const upstream = forkPinned('fast-upstream.ts')
const { port: upstreamPort } = await new Promise<{ port: number }>((resolve) => upstream.once('message', resolve))
const load = forkPinned('load.ts')
try {
  for (const kind of kinds) {
    const alone = { ...direct(upstreamPort), pid: undefined }
    directly[kind] = await repeat(() => measure(alone, kind, { ratePerSecond: RATES[kind] }))
  }
  for (const peer of installed) await measurePeer(peer)
} finally {
  load.disconnect()
  upstream.disconnect()
  unpinDatabase()
}
report()

async function measurePeer(peer: Peer): Promise<void> {
  const { name, startGoverned, startPlain } = peer
  await attempt(`${name}, plain`, () => measureSpeed(peer, 'plain', () => startPlain(upstreamPort)))
  if (typeof startGoverned === 'string') {
    governance.push({ peer: name, found: startGoverned })
    return
  }
  await attempt(`${name}, governed`, () => measureSpeed(peer, 'governed', () => startGoverned(upstreamPort, AMPLE_USD)))
  await attempt(`${name}, governance`, async () => {
    const budget = await tryBudget(startGoverned)
    const revocations = await onScriptedUpstream(startGoverned, AMPLE_USD, (subject) =>
      playRevocations(subject, revocationCount),
    )
    governance.push({ peer: name, found: { budget, revocations } })
  })
}

function tryBudget(start: StartGoverned): Promise<BudgetFigures> {
  const budget = budgetFor(whole('requests'))
  return onScriptedUpstream(start, toUsd(budget), async (subject, provider) => {
    const record = await playBudget(subject, provider, { budget, clients: whole('clients') })
    const failure = record.asked.find(({ end }) => end === 'failed')
    if (failure) console.log(`${subject.name}: ${failure.text}`)
    return judgeBudget(record)
  })
}

type StartGoverned = Exclude<Peer['startGoverned'], string>

async function onScriptedUpstream<Result>(
  start: StartGoverned,
  budgetUsd: number,
  play: (subject: GovernedSubject, provider: ScriptedUpstream) => Promise<Result>,
): Promise<Result> {
  await using provider = await startScriptedUpstream(ANSWER)
  const subject = await start(provider.port, budgetUsd)
  try {
    return await play(subject, provider)
  } finally {
    await subject.stop()
  }
}

async function measureSpeed(peer: Peer, column: SpeedRecord['column'], start: () => Promise<Subject>): Promise<void> {
  const subject = await start()
  try {
    for (const kind of kinds) {
      await measure(subject, kind, { connections: CONNECTIONS }, warmUpMs)
      const common = await repeat(() => measure(subject, kind, { ratePerSecond: RATES[kind] }))
      const saturated = await measure(subject, kind, { connections: CONNECTIONS })
      const sustained = await findSustained(subject, kind, saturated.requestsPerSecond)
      speed.push({ peer: peer.name, column, kind, common, saturated, sustained })
      console.log(`${peer.name} ${column} ${kind}: ${sustained?.ratePerSecond ?? 'no rate'} requests/s sustained`)
    }
  } finally {
    await subject.stop()
  }
}

/** The highest of the rates tried that was kept up. */
async function findSustained(subject: Subject, kind: Kind, most: number): Promise<SpeedRecord['sustained']> {
  for (const share of SHARES) {
    const ratePerSecond = Math.max(1, Math.floor(most * share))
    const measurement = await measure(subject, kind, { ratePerSecond })
    if (isSustained(measurement, ratePerSecond)) return { ratePerSecond, measurement }
  }
  return undefined
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
  }
  await sleep(DRAIN_MS)
  return measurement
}

async function repeat(measureOnce: () => Promise<Measurement>): Promise<Measurement[]> {
  const measurements: Measurement[] = []
  for (let round = 0; round < rounds; round += 1) measurements.push(await measureOnce())
  return measurements
}

/** What fails is named, and the others are measured all the same; only our own failure is one of the run. */
async function attempt(what: string, act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? ''
    console.log(`${what}: ${error instanceof Error ? error.message : error}`)
    missing.push({ what, why })
    if (what.startsWith('switchyard')) process.exitCode = 1
  }
}

async function measureBackground(): Promise<number> {
  const before = machineTicks()
  await sleep(BACKGROUND_SAMPLE_MS)
  const after = machineTicks()
  return (after.spent - before.spent) / (after.total - before.total)
}

function report(): void {
  const gibibytes = Math.round(totalmem() / 2 ** 30)
  const record: PeersRecord = {
    command: ['npm run bench:peers', ...process.argv.slice(2)].join(' ').replace('bench:peers -', 'bench:peers -- -'),
    machine: `${availableParallelism()} cores, ${gibibytes} GiB of memory, Node ${process.version}`,
    rates: RATES,
    direct: directly,
    settings: Object.fromEntries(installed.map(({ name, setting }) => [name, setting])),
    speed,
    governance,
    missing,
  }
  for (const kind of kinds) {
    console.log(kind)
    console.table(speedRows(record, kind))
  }
  console.table(governanceRows(record))
  for (const reason of reasons(record)) console.log(reason)
  mkdirSync('.tmp', { recursive: true })
  const json = JSON.stringify(
    { background, rounds, windowMs, ...record },
    (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
    2,
  )
  writeFileSync(join('.tmp', 'peers.json'), json)
  if (values.write !== undefined) {
    writeFileSync(values.write, replaceSection(readFileSync(values.write, 'utf8'), HEADING, describePeers(record)))
  }
}

function whole(name: 'rounds' | 'seconds' | 'requests' | 'clients' | 'revocations'): number {
  const number = Number(values[name])
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} takes a whole number from 1 on`)
  return number
}

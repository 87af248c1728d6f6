/** What `npm run bench:peers` found, as rows of a table and as a page. */
import { formatUsd } from '../../src/domain/money.ts'
import { spreadOf } from '../proof/revocation.ts'
import type { Measurement, Percentiles } from './measurement.ts'
import type { BudgetFigures } from './peer-scenes.ts'

export type Kind = 'json' | 'sse'
export type Column = 'plain' | 'governed'

/** A gateway in one setting under one kind of load. */
export interface SpeedRecord {
  peer: string
  column: Column
  kind: Kind
  /** At the rate that is the same for all. */
  common: readonly Measurement[]
  /** As many requests as its core takes, by a fixed number of connections. */
  saturated: Measurement
  /** The highest rate tried, open loop, that was kept up. */
  sustained: { ratePerSecond: number; measurement: Measurement } | undefined
}

/** A reason stands where it governs nothing that could be measured. */
export interface GovernanceRecord {
  peer: string
  found: { budget: BudgetFigures; revocations: readonly number[] } | string
}

export interface PeersRecord {
  command: string
  machine: string
  /** Open loop, requests a second, the same for all. */
  rates: Readonly<Record<Kind, number>>
  /** Without a gateway, at these rates. */
  direct: Readonly<Partial<Record<Kind, readonly Measurement[]>>>
  settings: Readonly<Record<string, string>>
  speed: readonly SpeedRecord[]
  governance: readonly GovernanceRecord[]
  /** What could not be measured, and why. */
  missing: readonly { what: string; why: string }[]
}

export type Row = Readonly<Record<string, string>>

/** Of requests asked for, this share must be answered. */
const SUSTAINED_MIN = 0.97
const BUSY_MIN = 0.95
const NONE = '–'

export function isSustained({ failed, requestsPerSecond }: Measurement, ratePerSecond: number): boolean {
  return failed === 0 && requestsPerSecond >= SUSTAINED_MIN * ratePerSecond
}

export function speedRows({ direct, rates, speed }: PeersRecord, kind: Kind): Row[] {
  return speed
    .filter((record) => record.kind === kind)
    .map(({ column, common, peer, saturated, sustained }) => {
      const base = direct[kind] ?? []
      const added = (share: keyof Percentiles) =>
        medianOf(common, timeOf(kind, share)) - medianOf(base, timeOf(kind, share))
      const isKept = common.every((measurement) => isSustained(measurement, rates[kind]))
      const failed = [...common, saturated].reduce((sum, measurement) => sum + measurement.failed, 0)
      return {
        gateway: peer,
        '': column,
        'requests/s': sustained === undefined ? NONE : `${sustained.ratePerSecond}${loadBound(saturated)}`,
        [`added p50, ms, at ${rates[kind]}/s`]: isKept ? added('p50').toFixed(2) : 'not sustained',
        'added p99, ms': isKept ? added('p99').toFixed(2) : NONE,
        'CPU, µs a request': isKept ? medianOf(common, (m) => m.cpuMicrosPerRequest).toFixed(0) : NONE,
        'memory, MB': Math.max(saturated.residentMb, ...common.map((m) => m.residentMb)).toFixed(0),
        'failed requests': String(failed),
      }
    })
}

export function governanceRows({ governance }: PeersRecord): Row[] {
  return governance.map(({ found, peer }) => {
    const { budget, revocations } = typeof found === 'string' ? {} : found
    return {
      gateway: peer,
      answered: tell(budget?.whole),
      refused: tell(budget?.refused),
      overspend: tell(budget?.overspend),
      'left unspent': tell(budget?.left),
      'wrong refusals': tell(budget?.wrongRefusals),
      'other failures': tell(budget?.failed),
      'lost rows': tell(budget?.lostRows),
      'revocation p99, ms': tell(revocations && Math.round(spreadOf(revocations).p99)),
    }
  })
}

/** Why a dash stands where it does. */
export function reasons({ governance, missing }: PeersRecord): string[] {
  return [
    ...missing.map(({ what, why }) => `${what}: ${why}`),
    ...governance.flatMap(({ found, peer }) => (typeof found === 'string' ? [`${peer}, governed: ${found}`] : [])),
  ]
}

export function describePeers(record: PeersRecord): string {
  const { command, machine, settings } = record
  const kinds = (['json', 'sse'] as const).filter((kind) => record.direct[kind] !== undefined)
  return [
    `\`${command}\` on ${machine}. ${Object.entries(settings)
      .map(([peer, setting]) => `${peer}: ${setting}`)
      .join('; ')}.`,
    ...kinds.flatMap((kind) => [TITLES[kind], table(speedRows(record, kind))]),
    ...(record.governance.length === 0 ? [] : [TITLES.governance, table(governanceRows(record))]),
    reasons(record)
      .map((reason) => `- ${reason}`)
      .join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

/** The page with `body` below the heading `## heading`, up to the next heading of this rank. */
export function replaceSection(page: string, heading: string, body: string): string {
  const lines = page.split('\n')
  const begin = lines.indexOf(`## ${heading}`)
  if (begin < 0) throw new Error(`the page has no heading "## ${heading}"`)
  const next = lines.findIndex((line, at) => at > begin && line.startsWith('## '))
  const rest = next < 0 ? [] : ['', ...lines.slice(next)]
  return `${[...lines.slice(0, begin + 1), '', body, ...rest].join('\n').trimEnd()}\n`
}

const TITLES = {
  json: 'Whole answers:',
  sse: 'Streams; the time is that of the first word:',
  governance: 'Governance:',
}

function table(rows: readonly Row[]): string {
  const names = Object.keys(rows[0] ?? {})
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    line(names),
    line(names.map(() => '---')),
    ...rows.map((row) => line(names.map((name) => row[name] ?? ''))),
  ].join('\n')
}

function tell(value: number | bigint | undefined): string {
  if (value === undefined) return NONE
  return typeof value === 'bigint' ? formatUsd(value) : String(value)
}

/** Of a stream the first word is what a caller waits for. */
function timeOf(kind: Kind, share: keyof Percentiles): (measurement: Measurement) => number {
  return ({ firstContentMs, latencyMs }) => (kind === 'sse' ? firstContentMs : latencyMs)[share]
}

/** The load was the limit then, and the gateway takes more. */
function loadBound({ busy }: Measurement): string {
  return busy >= BUSY_MIN ? '' : ' (load-bound)'
}

function medianOf(measurements: readonly Measurement[], read: (measurement: Measurement) => number): number {
  return spreadOf(measurements.map(read)).median
}

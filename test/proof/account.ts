import { nano } from '../e2e/chat-client.ts'
import type { CounterWatch } from '../harness/counter-watch.ts'
import type { GatewayCluster } from '../harness/gateway-cluster.ts'
import { pointsOf, type TakenSpan, wrongRefusals } from '../harness/refusal-judge.ts'
import type { LagProbes } from './lag-probes.ts'
import type { Provider, ProviderRow } from './provider-thread.ts'
import type { Sent } from './stream-load.ts'

/** A replica that was killed: from then until its journal was replayed nobody could know what of `amount` it had spent. */
export interface Outage extends TakenSpan {
  replica: number
}

/** Money in nano-dollars. */
export interface BudgetAccount {
  counts: Record<Sent['end'], number>
  kills: number
  limit: bigint
  /** By the provider's own count. */
  billed: bigint
  settled: bigint
  /** Still leased when all was over. */
  held: bigint
  /** Charged for streams whose end nobody saw, beyond what the provider billed. */
  padded: bigint
  /** Of settled plus leased, and of what the provider billed, at any moment. */
  overspend: bigint
  /** From a decision to its caller, as measured. */
  lagMsMax: number
  /** What was left, and the smallest request that was then refused. */
  left: bigint
  smallest: bigint
  wrongRefusals: readonly Sent[]
  /** Markers of requests that a caller saw the end of, or that the provider billed, and that have no row. */
  lostRows: readonly string[]
  /** What else doesn't agree, a line each. */
  faults: readonly string[]
}

export interface AccountParts {
  cluster: GatewayCluster
  provider: Provider
  probes: LagProbes
  watch: CounterWatch
  workspace: string
  outages: readonly Outage[]
  sent: readonly Sent[]
  poolUsd: number
}

interface Row {
  marker: string
  outcome: string
  cost: bigint
}

/** A refusal was decided at most this long before its caller had it, on an idle machine. */
const REFUSAL_LAG_MS = 500

export async function accountFor(parts: AccountParts): Promise<BudgetAccount> {
  const { outages, poolUsd, probes, provider, sent, watch } = parts
  const limit = nano(poolUsd)
  const rows = await readRows(parts)
  const byMarker = new Map(rows.map((row) => [row.marker, row]))
  const provided = await provider.rows()
  const requests = new Map(provided.map((request) => [request.marker, request]))
  const billed = sum(provided.map((request) => request.billed))
  const { leased, settled } = await watch.state()
  const most = max([await watch.mostTaken(), settled + leased, billed])
  const refused = sent.filter(({ end }) => end === 'refused')
  const judged = refused.map((one) => {
    // On a busy one the way from the database to the replica takes as long as that from there to the caller.
    const lagMs = REFUSAL_LAG_MS + 2 * probes.lagMs(one.replica, one.endedAt, REFUSAL_LAG_MS)
    return { ...one, lagMs }
  })
  const views = [pointsOf(spansOf(sent, { outages, requests, rows: byMarker })), await watch.points()]
  return {
    counts: countEnds(sent),
    kills: outages.length,
    limit,
    billed,
    settled,
    held: leased,
    padded: sum(
      rows
        .filter(({ outcome }) => outcome === 'crash_padding')
        .map(({ cost, marker }) => cost - billedOf(requests.get(marker))),
    ),
    overspend: most > limit ? most - limit : 0n,
    lagMsMax: Math.max(0, ...judged.map(({ lagMs }) => lagMs)),
    left: limit - settled - leased,
    smallest: max(refused.slice(-1).map(({ needed }) => needed)),
    wrongRefusals: wrongRefusals(judged, { limit, views }),
    lostRows: [
      ...sent.filter(({ end, marker }) => end === 'whole' && !byMarker.has(marker)).map(({ marker }) => marker),
      ...provided.filter((request) => request.billed > 0n && !byMarker.has(request.marker)).map(({ marker }) => marker),
    ],
    faults: [
      ...chargeFaults(sent, { rows, requests }),
      ...(await ledgerFaults(parts, { rows, settled })),
      ...sent.filter(({ end }) => end === 'unexpected').map(({ marker, text }) => `${marker} was answered ${text}`),
    ],
  }
}

/** What every request took while it ran, and what it was charged; and what else replicas held that were down. */
function spansOf(
  sent: readonly Sent[],
  { outages, requests, rows }: { outages: readonly Outage[]; requests: Requests; rows: ReadonlyMap<string, Row> },
): TakenSpan[] {
  const unknown = outages.map((outage) => ({ ...outage }))
  const ofRequests = sent.flatMap(({ marker, replica, heldInput, sentAt, endedAt }): TakenSpan[] => {
    const request = requests.get(marker)
    const { cost, outcome } = rows.get(marker) ?? { cost: 0n, outcome: null }
    // Its hold became its charge when the replica was killed, and is in what that held.
    if (outcome === 'crash_padding') {
      const outage = unknown.find((one) => one.replica === replica && one.from <= endedAt && sentAt <= one.until)
      if (outage !== undefined) outage.amount -= cost
      return [{ from: sentAt, until: Number.POSITIVE_INFINITY, amount: cost }]
    }
    return [
      { from: sentAt, until: endedAt, amount: request === undefined ? 0n : heldInput + request.heldOutput },
      { from: endedAt, until: Number.POSITIVE_INFINITY, amount: cost },
    ]
  })
  return [...ofRequests, ...unknown.filter(({ amount }) => amount > 0n)]
}

type Requests = ReadonlyMap<string, ProviderRow>

function chargeFaults(
  sent: readonly Sent[],
  { rows, requests }: { rows: readonly Row[]; requests: Requests },
): string[] {
  const told = new Map(sent.map(({ marker, cost }) => [marker, cost]))
  const faults: string[] = []
  const seen = new Set<string>()
  for (const { cost, marker, outcome } of rows) {
    const billed = billedOf(requests.get(marker))
    const answered = told.get(marker) ?? null
    if (seen.has(marker)) faults.push(`${marker} was charged twice`)
    seen.add(marker)
    if (answered !== null && answered !== cost) faults.push(`${marker} was told ${answered} and charged ${cost}`)
    const isRight = outcome === 'done' ? cost === billed : cost >= billed
    if (!isRight) faults.push(`${marker} (${outcome}) was billed ${billed} and charged ${cost}`)
  }
  return faults
}

async function ledgerFaults(
  { cluster, workspace }: AccountParts,
  { rows, settled }: { rows: readonly Row[]; settled: bigint },
): Promise<string[]> {
  const [entries] = await cluster.query<{ amount: string }>(
    `SELECT coalesce(sum(amount_nano), 0)::text AS amount FROM ledger_entry WHERE kind = 'charge' AND debit_account = $1`,
    [`workspace:${workspace}`],
  )
  const charged = sum(rows.map(({ cost }) => cost))
  const booked = BigInt(entries?.amount ?? 0)
  return [
    ...(charged === settled ? [] : [`rows say ${charged}, the counter ${settled}`]),
    ...(booked === settled ? [] : [`the ledger says ${booked}, the counter ${settled}`]),
  ]
}

async function readRows({ cluster }: AccountParts): Promise<Row[]> {
  const rows = await cluster.query<{ marker: string; outcome: string; cost: string }>(
    'SELECT external_user AS marker, outcome, cost_nano::text AS cost FROM generation',
  )
  return rows.map((row) => ({ ...row, cost: BigInt(row.cost) }))
}

function countEnds(sent: readonly Sent[]): BudgetAccount['counts'] {
  const counts = { whole: 0, refused: 0, broken: 0, away: 0, unexpected: 0 }
  for (const { end } of sent) counts[end] += 1
  return counts
}

function billedOf(request: ProviderRow | undefined): bigint {
  return request?.billed ?? 0n
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n)
}

function max(amounts: readonly bigint[]): bigint {
  return amounts.reduce((most, amount) => (amount > most ? amount : most), 0n)
}

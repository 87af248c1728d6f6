import { chargeCounter } from '../../src/domain/lease-authority.ts'
import { counterKeyOf, type LeaseAnswer, type LeasePiece, type LeaseRequest } from '../../src/domain/lease-protocol.ts'
import { LIFETIME_START } from '../../src/domain/windows.ts'
import { LeaseBook } from '../../src/gateway/lease/lease-book.ts'
import { LEASE_TIMINGS } from '../../src/gateway/lease/lease-session.ts'
import type { CounterLimit } from '../../src/gateway/lease/purse.ts'
import { seededRandom } from '../harness/power-loss/lose-power.ts'
import type { Installation } from './capacity-model.ts'
import { MemoryAuthority } from './memory-authority.ts'
import { ALONE } from './sim-replica.ts'

/*
 * Many replicas, their lease books as they are, under steady load far from every limit; the database is one of maps. What they
 * ask of it is counted, after they have come into their stride.
 */

const STEP_MS = 100
/** Posted after so many steps, and answered in the next one. */
const POST_STEPS = 2
const HOLD_NANO = 1_000_000n
/** Nobody comes near it. */
const LIMIT_NANO = 10n ** 18n

export interface LeaseCounts {
  requests: number
  leases: number
  leaseTransactions: number
  ended: number
  refused: number
}

export interface LoadRun extends Installation {
  seed: number
  warmUpSeconds: number
  seconds: number
}

interface Replica {
  book: LeaseBook
  outbox: LeaseRequest[]
  unposted: LeasePiece[]
}

/** Counts a second. */
export function countLeases(run: LoadRun): LeaseCounts {
  const random = seededRandom(run.seed)
  const authority = new MemoryAuthority()
  let nowMs = 0
  const replicas = Array.from({ length: run.replicas }, (_, at) => newReplica(`r${at}`, () => nowMs, random))
  const counters = run.levels.map(({ name, count }) =>
    Array.from({ length: count }, (_, at) => limitOf(name, `${name}-${at}`)),
  )
  const counts: LeaseCounts = { requests: 0, leases: 0, leaseTransactions: 0, ended: 0, refused: 0 }
  const cost = BigInt(Math.round(Number(HOLD_NANO) * run.costShare))
  const perStep = (run.requestsPerSecond / run.replicas) * (STEP_MS / 1_000)
  const end = (run.warmUpSeconds + run.seconds) * 1_000
  for (let step = 0; nowMs < end; step += 1, nowMs += STEP_MS) {
    const into = nowMs >= run.warmUpSeconds * 1_000 ? counts : undefined
    for (const [at, replica] of replicas.entries()) {
      const requests = Math.floor(perStep) + (random() < perStep % 1 ? 1 : 0)
      for (let one = 0; one < requests; one += 1) request(replica, chainOf(counters, random), { cost, into })
      if ((step + at) % POST_STEPS === 0) post(replica, authority)
      replica.book.tick()
      deliver(replica, authority, { nowMs, into })
    }
  }
  return perSecond(counts, run.seconds)
}

function newReplica(name: string, monotonic: () => number, random: () => number): Replica {
  const outbox: LeaseRequest[] = []
  const book = new LeaseBook({
    replica: name,
    process: `${name}/1`,
    journal: name,
    timings: LEASE_TIMINGS,
    monotonic,
    now: monotonic,
    random,
    send: (request) => void outbox.push(request),
    afterEnds: (then) => then(),
  })
  return { book, outbox, unposted: [] }
}

function limitOf(scopeKind: string, scopeId: string): CounterLimit {
  const address = { scopeKind, scopeId, kind: 'credit', interval: 'lifetime', windowStart: LIFETIME_START } as const
  const counter = counterKeyOf(address)
  return { ...ALONE, organization: 'org', counter, purse: counter, limit: LIMIT_NANO, limitVersion: 1n, endsAt: null }
}

function chainOf(counters: readonly CounterLimit[][], random: () => number): CounterLimit[] {
  return counters.flatMap((level) => level[Math.floor(random() * level.length)] ?? [])
}

/** One that takes no time, so that what is held at a time is not what is measured. */
function request(
  replica: Replica,
  chain: readonly CounterLimit[],
  { cost, into }: { cost: bigint; into: LeaseCounts | undefined },
): void {
  const held = replica.book.take(chain, HOLD_NANO)
  if (into) into.requests += 1
  if (held !== undefined) {
    replica.unposted.push(...replica.book.settle(held, cost))
    return
  }
  // It waits for what it asks for, is let in then and counts as the others.
  const isAsking = replica.book.ask(chain, { min: HOLD_NANO, hold: HOLD_NANO }, (result) => {
    const late = result === 'granted' ? replica.book.take(chain, HOLD_NANO) : undefined
    if (late !== undefined) replica.unposted.push(...replica.book.settle(late, cost))
    else if (into) into.refused += 1
  })
  if (!isAsking && into) into.refused += 1
}

function post(replica: Replica, authority: MemoryAuthority): void {
  const charges = replica.unposted.splice(0)
  for (const piece of charges) {
    const lease = authority.leases.get(piece.lease)
    const counter = authority.counters.get(lease?.counter ?? '')
    if (lease === undefined || counter === undefined) throw new Error(`charged to an unknown lease ${piece.lease}`)
    chargeCounter(counter, piece.amount, [{ piece, lease }])
  }
  replica.book.posted(charges)
}

/** What was said since the last step goes in one transaction, as `gateway/lease/lease-link.ts` has it. */
function deliver(
  { book, outbox }: Replica,
  authority: MemoryAuthority,
  { nowMs, into }: { nowMs: number; into: LeaseCounts | undefined },
): void {
  const batch = outbox.splice(0)
  if (batch.length > 0 && into) into.leaseTransactions += 1
  const answers: LeaseAnswer[] = batch.map((request) => authority.handle(request, nowMs))
  for (const answer of answers) {
    if (into && answer.type === 'granted') into.leases += answer.slices.length
    if (into && answer.type === 'returned') into.ended += answer.ended.length
    book.receive(answer)
  }
}

function perSecond(counts: LeaseCounts, seconds: number): LeaseCounts {
  const { ended, leases, leaseTransactions, refused, requests } = counts
  return {
    requests: requests / seconds,
    leases: leases / seconds,
    leaseTransactions: leaseTransactions / seconds,
    ended: ended / seconds,
    refused: refused / seconds,
  }
}

/*
 * What an installation asks of its database, in counts a second: worked out from what is set and how much comes. `capacity.test.ts`
 * holds it against the lease book and the rules of leases as they are, `test/e2e/capacity.test.ts` against processes on PostgreSQL.
 */

/** Limits of one kind, of which a request has one: keys, workspaces, a pool. */
export interface LimitedLevel {
  name: string
  /** How many counters there are; requests are spread over them evenly. */
  count: number
}

export interface Installation {
  replicas: number
  /** Over all replicas. */
  requestsPerSecond: number
  levels: readonly LimitedLevel[]
  /** What a request costs, by what it holds: at most 1. */
  costShare: number
  /** SWITCHYARD_FLUSH_INTERVAL_MS. */
  flushMs: number
}

/** Counts a second, over the whole installation; upper bounds. */
export interface DatabaseLoad {
  /** Leases that are granted, and as many that end. */
  leases: number
  /** Transactions that grant, end or renew leases. */
  leaseTransactions: number
  /** Statements that post finished requests, each a transaction, and the rows of generations that they insert. */
  posts: number
  generations: number
  /** Transactions that write the row of a counter which every request counts in: how often its lock is taken. */
  hottestCounterWrites: number
  /** Times that somebody asks what has changed. */
  changePolls: number
  /** At a time, at most. */
  connections: number
}

/** A replica asks for what was held over this time (BURN_MS in `gateway/lease/purse.ts`). */
const LEASE_SECONDS = 2
/** IDLE_MS_MIN and IDLE_MS_MAX there: after twice the usual gap, between these. */
const IDLE_SECONDS_MIN = 5
const IDLE_SECONDS_MAX = 60
/** LEASE_TIMINGS: a heartbeat and a list of what is held. */
const HEARTBEATS_PER_SECOND = 1 / 5
const LISTS_PER_SECOND = 1 / 10
/** At most so many transactions of one replica end leases: it looks every 100 ms. */
const TICKS_PER_SECOND = 10
const POST_RECORDS_MAX = 500
/** POLL_MS in `store/change-follower.ts`. */
const CHANGE_POLLS_PER_SECOND = 1 / 2
/** The pool, one that listens and one that holds the place of a process. */
const CONNECTIONS_PER_REPLICA = 12

const FLUSH_MS = 200
const levelsOf = (keys: number, workspaces: number): LimitedLevel[] => [
  { name: 'key', count: keys },
  { name: 'workspace', count: workspaces },
  { name: 'pool', count: 1 },
]
/** The table in `docs/sizing.md`. Answers cost half of what they hold. */
export const SIZES: Readonly<Record<string, Installation>> = {
  small: { replicas: 2, requestsPerSecond: 50, levels: levelsOf(200, 10), costShare: 0.5, flushMs: FLUSH_MS },
  medium: { replicas: 8, requestsPerSecond: 1_000, levels: levelsOf(5_000, 100), costShare: 0.5, flushMs: FLUSH_MS },
  large: {
    replicas: 40,
    requestsPerSecond: 10_000,
    levels: levelsOf(50_000, 1_000),
    costShare: 0.5,
    flushMs: FLUSH_MS,
  },
  'on paper': {
    replicas: 1_000,
    requestsPerSecond: 1_000_000,
    levels: levelsOf(100_000, 10_000),
    costShare: 0.5,
    flushMs: FLUSH_MS,
  },
}

export function databaseLoadOf(installation: Installation): DatabaseLoad {
  const { replicas, requestsPerSecond, levels, flushMs } = installation
  const own = requestsPerSecond / replicas
  const perLevel = levels.map(({ count }) => leasesOfCounter(installation, count) * replicas * count)
  const leases = sum(perLevel)
  const leasesOfReplica = leases / replicas
  const posts = replicas * postsOfReplica(own, flushMs)
  const steady = HEARTBEATS_PER_SECOND + LISTS_PER_SECOND
  // What is asked for at one time goes in one transaction, and so does what ends between two looks.
  const ends = Math.min(leasesOfReplica, TICKS_PER_SECOND)
  const hottest = Math.max(0, ...levels.map(({ count }) => leasesOfCounter(installation, count) * replicas))
  return {
    leases,
    leaseTransactions: replicas * (leasesOfReplica + ends + steady),
    posts,
    generations: requestsPerSecond,
    hottestCounterWrites: posts + 2 * hottest,
    changePolls: replicas * CHANGE_POLLS_PER_SECOND,
    connections: replicas * CONNECTIONS_PER_REPLICA,
  }
}

/**
 * Of one counter at one replica. A lease lasts for what was held in two seconds, or for one request, whichever is more. What lies
 * idle meanwhile goes back, and the counter is forgotten: then the next request needs a lease, and another one is fetched behind it.
 */
function leasesOfCounter({ costShare, replicas, requestsPerSecond }: Installation, count: number): number {
  const requests = requestsPerSecond / replicas / count
  const idleSeconds = Math.min(IDLE_SECONDS_MAX, Math.max(IDLE_SECONDS_MIN, 2 / requests))
  const afterRest = requests * Math.exp(-idleSeconds * requests)
  return Math.min(2 * requests, costShare * Math.min(requests, 1 / LEASE_SECONDS) + 2 * afterRest)
}

/** After an interval, or as soon as a batch is full. */
function postsOfReplica(requests: number, flushMs: number): number {
  return Math.max(Math.min(requests, 1_000 / flushMs), requests / POST_RECORDS_MAX)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { databaseLoadOf, type Installation, SIZES } from './capacity-model.ts'
import { countLeases } from './capacity-world.ts'

/* What the capacity model says of leases, against the lease book and the rules of the database as they are. */

const isFullSize = process.env['SWITCHYARD_TEST_SIZE'] === 'full'
const SEED = Number(process.env['SWITCHYARD_TEST_SEED'] ?? Date.now() % 1_000_000)
const POOL = { name: 'pool', count: 1 }
const WORKSPACES = { name: 'workspace', count: 5 }
const KEYS = { name: 'key', count: 100 }
const LARGE = isFullSize ? 1_000 : 100
const CASES: readonly [string, Omit<Installation, 'flushMs'>][] = [
  ['one replica and a pool', { replicas: 1, requestsPerSecond: 50, levels: [POOL], costShare: 1 }],
  [
    'eight replicas, a pool and workspaces',
    { replicas: 8, requestsPerSecond: 400, levels: [POOL, WORKSPACES], costShare: 0.5 },
  ],
  ['keys that are seldom used', { replicas: 4, requestsPerSecond: 80, levels: [POOL, KEYS], costShare: 0.5 }],
  [
    'keys that are used every few minutes',
    { replicas: 4, requestsPerSecond: 40, levels: [POOL, { name: 'key', count: 2_000 }], costShare: 0.2 },
  ],
  [
    'answers that cost a twentieth of what they hold',
    { replicas: 8, requestsPerSecond: 800, levels: [POOL], costShare: 0.05 },
  ],
  // Each stands for fifty: a lease lasts for two seconds, however many it serves.
  [`${LARGE} replicas`, { replicas: LARGE, requestsPerSecond: 20 * LARGE, levels: [POOL, WORKSPACES], costShare: 0.5 }],
]

describe('the model of what leases ask of the database', () => {
  test.each(CASES)(`%s: never less than it is, and at most twice, SWITCHYARD_TEST_SEED=${SEED}`, (_name, without) => {
    const installation = { ...without, flushMs: 200 }
    const { ended, leases, leaseTransactions, refused, requests } = countLeases({
      ...installation,
      seed: SEED,
      // Where few leases are asked for, and counters are seldom used, it takes a while to see them.
      warmUpSeconds: installation.replicas < LARGE ? 240 : 20,
      seconds: installation.replicas < LARGE ? 240 : 20,
    })
    const model = databaseLoadOf(installation)
    expect(requests / installation.requestsPerSecond).toBeCloseTo(1, 1)
    // Of seldom used keys those wait that ask while an answer is on its way, and the world has none who waits twice.
    expect(refused).toBeLessThan(requests / 100)
    // A tenth for chance.
    expect(leases).toBeLessThanOrEqual(1.1 * model.leases)
    expect(leases).toBeGreaterThanOrEqual(model.leases / 2)
    expect(ended).toBeLessThanOrEqual(2 * model.leases)
    expect(leaseTransactions).toBeLessThanOrEqual(model.leaseTransactions)
    expect(leaseTransactions).toBeGreaterThanOrEqual(model.leaseTransactions / 3)
  })

  test('leases of a counter that all use depend on the replicas, not on the requests', () => {
    const leasesAt = (requestsPerSecond: number) =>
      databaseLoadOf({ replicas: 10, requestsPerSecond, levels: [POOL], costShare: 1, flushMs: 200 }).leases
    expect(leasesAt(1_000_000)).toBeCloseTo(leasesAt(100), 6)
    expect(leasesAt(1)).toBeLessThanOrEqual(2)
  })

  test('posts are as many as intervals, until batches are full', () => {
    const postsAt = (requestsPerSecond: number) =>
      databaseLoadOf({ replicas: 10, requestsPerSecond, levels: [], costShare: 1, flushMs: 200 }).posts
    expect([5, 10_000, 1_000_000].map(postsAt)).toEqual([5, 50, 2_000])
  })

  test('the table in docs/sizing.md is what the model says', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/sizing.md'), 'utf8')
    for (const row of Object.keys(SIZES).map(rowOf)) expect(page).toContain(row)
  })
})

function rowOf(name: string): string {
  const installation = SIZES[name]
  if (installation === undefined) throw new Error(`no installation ${name}`)
  const load = databaseLoadOf(installation)
  const given = [
    installation.replicas,
    installation.requestsPerSecond,
    ...installation.levels.map(({ count }) => count),
  ]
  const { changePolls, connections, generations, hottestCounterWrites, leases, leaseTransactions, posts } = load
  const asked = [generations, posts, leases, leaseTransactions, hottestCounterWrites, changePolls, connections]
  const cells = [...given, ...asked].map((number) => Number(number.toPrecision(2)).toLocaleString('en'))
  return `| ${[name, ...cells].join(' | ')} |`
}

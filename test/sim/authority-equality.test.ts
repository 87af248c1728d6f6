import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CounterKey, counterAddressOf, counterKeyOf, type LeaseRequest } from '../../src/domain/lease-protocol.ts'
import { encodeDone, encodeOpen, jsonOf } from '../../src/gateway/journal/journal-record.ts'
import type { Database } from '../../src/store/database.ts'
import { answerLease, releaseLeases, suspendLeases } from '../../src/store/leases.ts'
import { postGenerations } from '../../src/store/post-generations.ts'
import { seededRandom } from '../harness/power-loss/lose-power.ts'
import { openTestStore, STORE_MODES } from '../harness/test-store.ts'
import { MemoryAuthority } from './memory-authority.ts'
import { endRecord, openRecord, type Scope } from './sim-records.ts'

/*
 * The simulation's database is made of maps; this holds it against the SQL: the same random requests, charges, limits and
 * releases, sensible or not, are answered alike and leave the same rows. SWITCHYARD_TEST_SEED=<number> plays one seed again.
 */

const SEED = process.env['SWITCHYARD_TEST_SEED']
const SEEDS = process.env['SWITCHYARD_TEST_SIZE'] === 'full' ? 50 : 4
const OPERATIONS = 150
const AT = Date.UTC(2026, 4, 29, 12)
const WORKSPACE = '6f9619ff-8b86-5011-b42d-00c04fc964ff'

/** A limit on one counter, all of which is for everybody. */
const ALONE = { keep: 0n, beside: null, besideLimit: null }

describe.each(STORE_MODES)('on the %s database', (mode) => {
  let database: Database
  let close: () => Promise<void>

  beforeAll(async () => {
    ;({ database, close } = await openTestStore(mode))
  })
  afterAll(() => close())

  const seeds = SEED === undefined ? Array.from({ length: SEEDS }, (_, at) => at + 1) : [Number(SEED)]
  test.each(seeds)('the rules over rows and over maps answer alike and leave the same, seed %s', async (seed) => {
    const pair = new AuthorityPair(database, seed)
    await pair.begin()
    for (let operation = 0; operation < OPERATIONS; operation += 1) await pair.step()
    expect(pair.leaseCount).toBeGreaterThan(10)
  })
})

/** The two authorities, and what may be asked of them. */
class AuthorityPair {
  readonly #database: Database
  readonly #memory = new MemoryAuthority()
  readonly #random: () => number
  readonly #organization: string
  readonly #chain: Scope[]
  readonly #limits: Map<CounterKey, bigint>
  readonly #generations = new Map<string, number>()
  readonly #requests: LeaseRequest[] = []
  #serial = 0

  constructor(database: Database, seed: number) {
    this.#database = database
    this.#random = seededRandom(seed)
    this.#organization = `org${seed}`
    this.#chain = [
      { kind: 'organization', id: this.#organization, interval: 'lifetime' },
      { kind: 'workspace', id: WORKSPACE.slice(0, -4) + String(1_000 + seed), interval: 'monthly' },
      { kind: 'key', id: String(seed), interval: 'daily' },
    ]
    this.#limits = new Map(this.#chain.map((scope) => [keyOf(scope), BigInt(500 + this.#below(4_000))]))
  }

  get leaseCount(): number {
    return this.#memory.leases.size + this.#memory.ended.size
  }

  async begin(): Promise<void> {
    await sql`DELETE FROM lease`.execute(this.#database.kysely)
    await sql`DELETE FROM replica`.execute(this.#database.kysely)
    await sql`INSERT INTO organization (id, name, created_at) VALUES (${this.#organization}, 'Org', now())`.execute(
      this.#database.kysely,
    )
    for (const replica of ['a', 'b']) await this.#ask({ type: 'register', replica, process: '1', journal: 'j' })
  }

  async step(): Promise<void> {
    const chance = this.#random()
    if (chance < 0.25) await this.#post()
    else if (chance < 0.29) await this.#suspend()
    else if (chance < 0.33) await this.#release()
    else await this.#ask(chance < 0.4 ? this.#anEarlierRequest() : this.#aRequest())
    await this.#compare()
  }

  async #ask(request: LeaseRequest): Promise<void> {
    this.#requests.push(request)
    const expected = this.#memory.handle(request, Date.now())
    const answer = await answerLease(this.#database.kysely, request)
    expect(sorted(answer)).toEqual(sorted(expected))
    if (answer.type === 'registered') this.#generations.set(request.replica, answer.generation)
  }

  /** Charges to leases that are there, whoever holds them, or to none. */
  async #post(): Promise<void> {
    const charges = [...this.#memory.leases].flatMap(([lease, { counter, granted, charged, state }]) => {
      const left = granted - charged
      const isTaken = state !== 'released' && left > 0n && this.#random() < 0.4
      return isTaken && this.#limits.has(counter) ? [{ counter, lease, amount: 1n + (left - 1n) / 2n }] : []
    })
    const one = new Map(charges.map((charge) => [charge.counter, charge]))
    const cost = [...one.values()].reduce((least, { amount }) => (amount < least ? amount : least), 50n)
    const pieces = [...one.values()].map(({ lease }) => ({ lease, amount: cost }))
    this.#serial += 1
    const id = `gen-${AT / 1_000}-${String(this.#serial).padStart(14, '0')}${this.#organization.padStart(6, '0')}`
    const open = openRecord(id, this.#chain, { held: cost, leases: pieces, replica: 'a', day: '2026-05-29' })
    const line = encodeDone(encodeOpen(open), endRecord(cost, pieces))
    for (let time = 0; time < (this.#random() < 0.2 ? 2 : 1); time += 1) {
      this.#memory.post([line.toString()])
      await postGenerations(this.#database.kysely, [{ id, json: jsonOf(line) }], false)
    }
  }

  async #suspend(): Promise<void> {
    this.#memory.suspend(Date.now() + 1_000_000)
    await suspendLeases(this.#database.kysely, -1_000)
  }

  async #release(): Promise<void> {
    const [id] = this.#pick([...this.#memory.leases]) ?? []
    if (id === undefined) return
    const expected = this.#memory.release(id)
    const released = await this.#database.kysely.transaction().execute((tx) => releaseLeases(tx, [id]))
    expect(released.has(id)).toBe(expected)
  }

  #aRequest(): LeaseRequest {
    const replica = this.#random() < 0.5 ? 'a' : 'b'
    const generation = Math.max(1, (this.#generations.get(replica) ?? 1) - (this.#random() < 0.1 ? 1 : 0))
    const from = { replica, generation }
    const chance = this.#random()
    if (chance < 0.5) return this.#aGrant(from)
    if (chance < 0.75) return this.#aReturn(from)
    if (chance < 0.82) return { type: 'heartbeat', ...from, sentAt: 7 }
    if (chance < 0.88) return { type: 'list', ...from }
    if (chance < 0.94) return { type: 'recovered', ...from }
    const journal = this.#random() < 0.6 ? 'j' : 'k'
    return { type: 'register', replica, process: String(this.#below(20)), journal }
  }

  #aGrant(from: { replica: string; generation: number }): LeaseRequest {
    this.#serial += 1
    const hold = BigInt(1 + this.#below(200))
    const isWaitedFor = this.#random() < 0.7
    const slices = [...this.#limits].map(([counter, limit], at) => {
      const now = this.#random() < 0.1 ? BigInt(200 + this.#below(4_000)) : limit
      this.#limits.set(counter, now)
      return {
        lease: `${this.#organization}.${this.#serial}.${at}`,
        organization: this.#organization,
        counter,
        limit: now,
        limitVersion: BigInt(this.#serial - this.#below(5) + 5),
        ...ALONE,
        min: isWaitedFor ? 1n + hold / 3n : 0n,
        hold,
        need: hold,
        want: hold * BigInt(1 + this.#below(5)),
      }
    })
    return { type: 'grant', ...from, ask: String(this.#serial), slices: slices.slice(this.#below(3)) }
  }

  #aReturn(from: { replica: string; generation: number }): LeaseRequest {
    const items = [...this.#memory.leases].flatMap(([lease, { granted, charged }]) => {
      if (this.#random() < 0.6) return []
      const to = this.#random() < 0.5 ? charged : charged + (granted - charged) / 2n
      return [{ lease, to, isFinal: this.#random() < 0.5 }]
    })
    return { type: 'return', ...from, items }
  }

  #anEarlierRequest(): LeaseRequest {
    return this.#pick(this.#requests) ?? this.#aRequest()
  }

  async #compare(): Promise<void> {
    const { rows } = await sql<{ key: string; row: string }>`
      SELECT concat_ws('|', scope_kind, scope_id, kind, interval, window_start) AS key, concat_ws(' ', settled_nano, leased_nano,
        coalesce(limit_nano::text, '-'), limit_version, coalesce(ceiling_nano::text, '-'), is_scarce) AS row
      FROM counter`.execute(this.#database.kysely)
    const counters = new Map(rows.map(({ key, row }) => [key, row]))
    for (const [key, counter] of this.#memory.counters) {
      const { settled, leased, limit, limitVersion, ceiling, isScarce } = counter
      const expected = [settled, leased, limit ?? '-', limitVersion, ceiling ?? '-', isScarce ? 't' : 'f'].join(' ')
      expect(`${key} ${counters.get(key)}`).toBe(`${key} ${expected}`)
    }
    const found = await sql<{ line: string }>`
      SELECT concat_ws(' ', id, replica_id, generation, journal, granted_nano, charged_nano, state) AS line
      FROM lease ORDER BY line`.execute(this.#database.kysely)
    const expected = [...this.#memory.leases, ...this.#memory.ended].map(([id, lease]) => {
      const { replica, generation, journal, granted, charged, state } = lease
      return [id, replica, generation, journal, granted, charged, state].join(' ')
    })
    expect(found.rows.map(({ line }) => line).sort()).toEqual(expected.sort())
  }

  #pick<T>(items: readonly T[]): T | undefined {
    return items[this.#below(items.length)]
  }

  #below(bound: number): number {
    return Math.floor(this.#random() * bound)
  }
}

function keyOf({ kind, id, interval }: Scope): CounterKey {
  const windowStart = { lifetime: '1970-01-01', monthly: '2026-05-01', weekly: '2026-05-25', daily: '2026-05-29' }[
    interval
  ]
  const key = counterKeyOf({ scopeKind: kind, scopeId: id, kind: 'credit', interval, windowStart })
  expect(counterAddressOf(key).scopeId).toBe(id)
  return key
}

/** Of lists in answers the order says nothing. */
function sorted(answer: object): unknown {
  const text = (value: unknown) =>
    JSON.stringify(value, (_name, part) =>
      typeof part === 'bigint' ? `${part}n` : part instanceof Map ? [...part] : part,
    )
  return Object.entries(answer).map(([field, value]) => [
    field,
    Array.isArray(value) ? value.map(text).sort() : value instanceof Map ? [...value].map(text).sort() : text(value),
  ])
}

import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NO_USAGE } from '../../src/domain/pricing.ts'
import { encodeDone, encodeOpen, jsonOf } from '../../src/gateway/journal/journal-record.ts'
import type { Chain } from '../../src/gateway/lease/chain.ts'
import type { HeldPieces } from '../../src/gateway/lease/hold.ts'
import type { EncodedGeneration, GenerationRecord } from '../../src/gateway/ports.ts'
import { newGenerationId } from '../../src/platform/ids.ts'
import type { Database } from '../../src/store/database.ts'
import { postGenerations } from '../../src/store/post-generations.ts'
import { seededRandom } from '../harness/power-loss/lose-power.ts'
import { openTestStore, STORE_MODES } from '../harness/test-store.ts'
import { type Asked, NestedWorld, WORKSPACES } from './nested-world.ts'
import { type ModelHold, SpendModel } from './spend-model.ts'

const { SWITCHYARD_TEST_SEED, SWITCHYARD_TEST_SIZE } = process.env
const REQUESTS = SWITCHYARD_TEST_SIZE === 'full' ? 50_000 : 5_000
const HOUR_MS = 3_600_000

interface Running {
  asked: Asked
  chain: Chain
  pieces: HeldPieces
  modelHold: ModelHold
}

/** Requests at random, against the real chains and leases and the model at once. Every answer of the two must be the same. */
class Run {
  readonly model = new SpendModel()
  readonly ended: GenerationRecord[] = []
  /** Says how to run it again. */
  readonly name: string
  admitted = 0
  refused = 0
  readonly #world: NestedWorld
  readonly #running: Running[] = []
  #posted = 0

  constructor(world: NestedWorld, name: string) {
    this.#world = world
    this.name = name
  }

  step(): void {
    const world = this.#world
    if (world.chance(0.02)) world.now += Number(world.amount(8 * HOUR_MS))
    if (world.chance(0.01)) {
      // As of now, too.
      this.#post()
      world.changeWorkspace(world.pick(WORKSPACES))
    }
    if (world.chance(0.01))
      world.changeCredits(world.pick(['organization:org', 'dedicated']), world.amount(2_000) - 700n)
    world.parts.book.tick()
    world.parts.deliver()
    this.#request(world.ask())
    if (world.chance(0.2)) this.#post()
    while (this.#running.length > 40 || (this.#running.length > 0 && world.chance(0.4))) this.#settleOne()
  }

  settleAll(): void {
    while (this.#running.length > 0) this.#settleOne()
    this.#post()
  }

  #request(asked: Asked): void {
    const world = this.#world
    const chain = world.chainOf(asked)
    const room = this.model.roomUnder(world.limitsOf(asked), world.now)
    const amount = 1n + world.amount(400)
    const pieces = world.parts.hold(chain, amount)
    expect(pieces !== undefined, `${this.name}: ${amount} of ${room}`).toBe(room === null || room >= amount)
    if (pieces === undefined) {
      this.refused += 1
      return
    }
    const limits = world.limitsOf(asked)
    const modelHold = { scopes: world.scopesOf(asked), limits, kind: asked.kind, amount, admittedAt: world.now }
    this.#running.push({ asked, chain, pieces, modelHold })
    this.model.hold(modelHold)
    this.admitted += 1
  }

  /** The database hears of what has ended. */
  #post(): void {
    const { authority, book } = this.#world.parts
    for (const record of this.ended.slice(this.#posted)) {
      authority.post([encodeDone(encodeOpen(record), record).toString()])
      book.posted(record.charges ?? [])
    }
    this.#posted = this.ended.length
  }

  #settleOne(): void {
    const world = this.#world
    const running = world.pick(this.#running)
    this.#running.splice(this.#running.indexOf(running), 1)
    const cost = (running.modelHold.amount * world.amount(100)) / 100n
    const charges = world.parts.book.settle(running.pieces, cost)
    this.model.settle(running.modelHold, cost)
    this.ended.push({ ...toRecord(running, cost), charges })
    // What was let in under other limits is counted under the new ones when the database has it, which is soon.
    if (running.chain !== world.chainOf(running.asked)) this.#post()
  }
}

function toRecord({ asked: { key, kind, project }, chain, modelHold }: Running, cost: bigint): GenerationRecord {
  return {
    id: newGenerationId(modelHold.admittedAt),
    requestId: 'req',
    organizationId: key.organizationId,
    workspaceId: String(key.workspaceId),
    keyId: key.id,
    userId: key.creatorUserId,
    projectId: project?.id ?? null,
    creditPool: key.workspaceId === WORKSPACES[2] ? 'dedicated' : 'shared',
    spendKind: kind,
    countedOn: chain.date,
    model: 'a/b',
    endpointId: 'e',
    providerName: 'E',
    streamed: false,
    held: modelHold.amount,
    priceVersion: 'v',
    httpReferer: null,
    origin: '',
    appTitle: null,
    userAgent: null,
    ip: null,
    sessionId: null,
    externalUser: null,
    replicaId: 'r',
    apiType: 'completions',
    upstreamId: null,
    cancelled: false,
    outcome: 'done',
    finishReason: 'stop',
    nativeFinishReason: null,
    usage: NO_USAGE,
    usageEstimated: false,
    usageRaw: null,
    cost: kind === 'credit' ? cost : 0n,
    byokCost: kind === 'byok' ? cost : 0n,
    promptCost: 0n,
    uncharged: 0n,
    upstreamCost: null,
    latencyMs: null,
    generationTimeMs: null,
    attempts: [],
    findings: null,
  }
}

function encode(record: GenerationRecord): EncodedGeneration {
  return { id: record.id, json: jsonOf(encodeDone(encodeOpen(record), record)) }
}

describe.each(STORE_MODES)('on the %s database', (mode) => {
  let database: Database
  let close: () => Promise<void>

  beforeAll(async () => {
    ;({ database, close } = await openTestStore(mode))
    await sql`INSERT INTO organization (id, name, created_at) VALUES ('org', 'Org', now())`.execute(database.kysely)
  })
  afterAll(() => close())

  test('M3 nested ceilings: every request is let in or refused as the model says, and the database agrees with it to the nano-dollar', async () => {
    const seed = Number(SWITCHYARD_TEST_SEED ?? Date.now() % 1_000_000)
    const world = new NestedWorld(seededRandom(seed))
    const run = new Run(world, `SWITCHYARD_TEST_SEED=${seed}`)
    for (let at = 0; at < REQUESTS; at += 1) run.step()
    run.settleAll()
    expect([run.admitted > REQUESTS / 10, run.refused > REQUESTS / 10], run.name).toEqual([true, true])
    // Each batch once, and every third one again.
    for (let at = 0; at < run.ended.length; at += 250) {
      const batch = run.ended.slice(at, at + 250).map(encode)
      await postGenerations(database.kysely, batch, true)
      if (at % 3 === 0) await postGenerations(database.kysely, batch, true)
    }
    expect(await readCounters(database), run.name).toEqual(expectedCounters(run.model))
    expect(await readPools(database), run.name).toEqual(expectedPools(run.model))
  })
})

async function readCounters(database: Database): Promise<Record<string, bigint>> {
  const rows = await database.kysely.selectFrom('counter').selectAll().where('settled_nano', '>', 0n).execute()
  return Object.fromEntries(
    rows.map((row) => [
      `${row.scope_kind} ${row.scope_id} ${row.kind} ${row.interval} ${row.window_start}`,
      row.settled_nano,
    ]),
  )
}

function expectedCounters({ settled }: SpendModel): Record<string, bigint> {
  const isStored = (name: string) => !name.startsWith('pool ') || name.includes(' lifetime ')
  return Object.fromEntries([...settled].filter(([name, amount]) => amount > 0n && isStored(name)))
}

async function readPools(database: Database): Promise<Record<string, bigint>> {
  const { rows } = await sql<{ side: string; charged: bigint }>`
    SELECT debit_account AS side, sum(amount_nano)::bigint AS charged FROM ledger_entry
    WHERE kind = 'charge' GROUP BY debit_account`.execute(database.kysely)
  return Object.fromEntries(rows.map(({ charged, side }) => [side, charged]))
}

function expectedPools({ settled }: SpendModel): Record<string, bigint> {
  const name = (pool: string) => `pool ${pool} credit lifetime 1970-01-01`
  const pools = ['organization:org', `workspace:${WORKSPACES[2]}`]
  return Object.fromEntries(pools.map((pool) => [pool, settled.get(name(pool)) ?? 0n]))
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NO_USAGE } from '../../src/domain/pricing.ts'
import { encodeDone, encodeOpen, jsonOf } from '../../src/gateway/journal/journal-record.ts'
import { roomUnder } from '../../src/gateway/lease/chain.ts'
import type { Hold } from '../../src/gateway/lease/meter.ts'
import type { EncodedGeneration, GenerationRecord } from '../../src/gateway/ports.ts'
import { newGenerationId } from '../../src/platform/ids.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { postGenerations } from '../../src/store/post-generations.ts'
import { seededRandom } from '../harness/power-loss/lose-power.ts'
import { createTestDatabase } from '../harness/test-database.ts'
import { type Asked, NestedWorld, WORKSPACES } from './nested-world.ts'
import { type ModelHold, SpendModel } from './spend-model.ts'

const { DATABASE_URL, SWITCHYARD_TEST_SEED, SWITCHYARD_TEST_SIZE } = process.env
const REQUESTS = SWITCHYARD_TEST_SIZE === 'full' ? 50_000 : 5_000
const MODES: ('embedded' | 'postgres')[] = DATABASE_URL === undefined ? ['embedded'] : ['embedded', 'postgres']
const HOUR_MS = 3_600_000

interface Running {
  asked: Asked
  hold: Hold
  modelHold: ModelHold
}

/** Requests at random, against the real chains and the model at once. Every answer of the two must be the same. */
class Run {
  readonly model = new SpendModel()
  readonly ended: GenerationRecord[] = []
  /** Says how to run it again. */
  readonly name: string
  admitted = 0
  refused = 0
  readonly #world: NestedWorld
  readonly #running: Running[] = []

  constructor(world: NestedWorld, name: string) {
    this.#world = world
    this.name = name
  }

  step(): void {
    const world = this.#world
    if (world.chance(0.02)) world.now += Number(world.amount(8 * HOUR_MS))
    if (world.chance(0.01)) world.changeWorkspace(world.pick(WORKSPACES))
    if (world.chance(0.01))
      world.changeCredits(world.pick(['organization:org', 'dedicated']), world.amount(2_000) - 700n)
    this.#request(world.ask())
    while (this.#running.length > 40 || (this.#running.length > 0 && world.chance(0.4))) this.#settleOne()
  }

  settleAll(): void {
    while (this.#running.length > 0) this.#settleOne()
  }

  #request(asked: Asked): void {
    const world = this.#world
    const { meter } = world.parts
    const chain = world.chainOf(asked)
    const room = roomUnder(chain.limits, meter.windows)
    expect(room, this.name).toBe(this.model.roomUnder(world.limitsOf(asked), world.now))
    const amount = world.amount(400)
    if (room !== null && room < amount) {
      this.refused += 1
      return
    }
    const modelHold = { scopes: world.scopesOf(asked), kind: asked.kind, amount, admittedAt: world.now }
    this.#running.push({ asked, hold: meter.hold(chain, amount), modelHold })
    this.model.hold(modelHold)
    this.admitted += 1
    // What was just let in lies within every one of its limits.
    expect(this.model.roomUnder(world.limitsOf(asked), world.now) ?? 0n, this.name).toBe((room ?? amount) - amount)
  }

  #settleOne(): void {
    const world = this.#world
    const running = world.pick(this.#running)
    this.#running.splice(this.#running.indexOf(running), 1)
    const cost = (running.hold.amount * world.amount(100)) / 100n
    world.parts.meter.settle(running.hold, cost)
    this.model.settle(running.modelHold, cost)
    this.ended.push(toRecord(running, cost))
  }
}

function toRecord({ asked: { key, kind, project }, hold, modelHold }: Running, cost: bigint): GenerationRecord {
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
    countedOn: hold.windows.date,
    model: 'a/b',
    endpointId: 'e',
    providerName: 'E',
    streamed: false,
    held: hold.amount,
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

describe.each(MODES)('on the %s database', (mode) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'nested-'))
  let database: Database
  let close: () => Promise<void>

  beforeAll(async () => {
    const scratch = mode === 'postgres' ? await createTestDatabase(DATABASE_URL ?? '') : undefined
    database = await openDatabase({ databaseUrl: scratch?.url, dataDir, onWarning: () => {}, onLockLost: () => {} })
    await sql`INSERT INTO organization (id, name, created_at) VALUES ('org', 'Org', now())`.execute(database.kysely)
    close = async () => {
      await database.close()
      await scratch?.drop()
      rmSync(dataDir, { recursive: true })
    }
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

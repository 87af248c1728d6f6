import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newUuid } from '../../src/platform/ids.ts'
import { type AuditHead, readAuditHeads, verifyAuditLog } from '../../src/store/audit-chain.ts'
import { appendAudit } from '../../src/store/queries/audit.ts'
import type { Db } from '../../src/store/schema.ts'
import { chooseTampering, liftProtection, type Scene } from './audit-tampering.ts'
import { makeTwoOrganizations, type TwoOrganizations } from './two-organizations.ts'

/*
 * S10: whatever is done to the audit log by somebody with every right in the database, verification finds it and names the
 * first bad row. Each tampering happens in a transaction that is rolled back.
 */

const KEY = Buffer.alloc(32, 7)
const ROWS = 40
const TAMPERINGS = 1_000
/** Small, so that the log is walked in several batches. */
const BATCH_ROWS = 7

let world: TwoOrganizations
let heads: readonly AuditHead[] = []
let organizationId = ''

beforeAll(async () => {
  world = await makeTwoOrganizations()
  organizationId = 'org_logged'
  const db = world.database.kysely
  await db
    .insertInto('organization')
    .values({ id: organizationId, name: 'logged', created_at: new Date().toISOString() })
    .execute()
  await db.insertInto('organization_head').values({ organization_id: organizationId }).execute()
  for (let row = 1; row <= ROWS; row += 1) {
    await writeRow(row)
    if (row % 10 === 0) heads = [...heads, ...(await readAuditHeads(db, KEY, { now: 'then', organizationId }))]
  }
})
afterAll(async () => {
  await world?.close()
})

/** Rows with and without each thing that may be missing. */
async function writeRow(row: number): Promise<void> {
  const orNull = <T>(value: T): T | null => (row % 2 === 0 ? value : null)
  await world.database.kysely.transaction().execute(async (tx) => {
    await appendAudit(tx, KEY, {
      organizationId,
      now: Date.now() + row,
      actorKind: row % 3 === 0 ? 'session' : 'management_key',
      actorId: orNull(`actor ${row}`),
      userId: orNull(`user_${row}`),
      surface: 'api',
      ip: orNull('127.0.0.1'),
      userAgent: orNull('agent'),
      requestId: orNull(`req-${row}`),
      action: `action${row}`,
      resourceType: 'key',
      resourceId: `resource ${row}`,
      workspaceId: orNull(newUuid()),
      before: orNull({ name: 'old', text: 'Ünï\u0001' }),
      after: row % 4 === 0 ? null : { name: `new ${row}` },
    })
  })
}

async function verify(db: Db) {
  return (await verifyAuditLog(db, KEY, { organizationId, heads, batchRows: BATCH_ROWS })).fault
}

/** The same numbers for the same seed. */
function newRandom(seed: number): Scene['pick'] {
  let state = seed >>> 0
  return (min, max) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return min + Math.floor((state / 2 ** 32) * (max - min + 1))
  }
}

class RolledBack extends Error {}

test('S10: a log that nobody touched is intact', async () => {
  const verdict = await verifyAuditLog(world.database.kysely, KEY, { organizationId, heads, batchRows: BATCH_ROWS })
  expect(verdict).toEqual({ rowsChecked: ROWS, headsChecked: ROWS / 10, fault: null })
})

test('S10: each of 1,000 random tamperings of every kind is found, and the first bad row is named', async () => {
  const seed = Number(process.env['SWITCHYARD_TEST_SEED'] ?? Date.now() % 1_000_000)
  const scene: Scene = {
    organizationId,
    otherOrganizationId: world.theirs.actor.organizationId,
    rows: ROWS,
    pick: newRandom(seed),
  }
  const missed: unknown[] = []
  for (let round = 0; round < TAMPERINGS; round += 1) {
    const tampering = chooseTampering(scene, round)
    const work = world.database.kysely.transaction().execute(async (tx) => {
      await liftProtection(tx)
      await tampering.apply(tx)
      const fault = await verify(tx)
      const isNamed = tampering.firstBad === undefined || fault?.sequence === tampering.firstBad
      if (fault === null || !isNamed) missed.push([seed, tampering.name, fault])
      throw new RolledBack()
    })
    await expect(work).rejects.toThrow(RolledBack)
  }
  expect(missed).toEqual([])
  expect(await verify(world.database.kysely)).toBeNull()
})

test('S10: the wrong key finds nothing in order, and an empty log is intact', async () => {
  const db = world.database.kysely
  const verdict = await verifyAuditLog(db, Buffer.alloc(32, 8), { organizationId, heads: [] })
  expect(verdict.fault).toMatchObject({ reason: 'row_changed', sequence: 1 })
  await db
    .insertInto('organization')
    .values({ id: 'org_new', name: 'new', created_at: new Date().toISOString() })
    .execute()
  await db.insertInto('organization_head').values({ organization_id: 'org_new' }).execute()
  const empty = await verifyAuditLog(db, KEY, { organizationId: 'org_new', heads })
  expect(empty).toEqual({ rowsChecked: 0, headsChecked: 0, fault: null })
})

test.each([
  ['UPDATE', sql`UPDATE audit_log SET action = 'x'`],
  ['DELETE', sql`DELETE FROM audit_log WHERE sequence = 1`],
  ['TRUNCATE', sql`TRUNCATE audit_log`],
  ['TRUNCATE … CASCADE', sql`TRUNCATE organization CASCADE`],
])('S10: the database itself refuses %s on the log, also to its owner', async (_name, statement) => {
  await expect(statement.execute(world.database.kysely)).rejects.toThrow(/append-only/)
})

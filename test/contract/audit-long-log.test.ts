import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HashedAuditRow, hashAuditRow } from '../../src/store/audit-chain.ts'
import { toIso } from '../../src/store/schema.ts'
import { makeTwoOrganizations, ORIGIN, type TwoOrganizations } from './two-organizations.ts'

/** As in the world's control. */
const AUDIT_KEY = Buffer.alloc(32)
const ROWS = process.env['SWITCHYARD_TEST_SIZE'] === 'full' ? 200_000 : 20_000
const BATCH_ROWS = 1_000

let world: TwoOrganizations
beforeAll(async () => {
  world = await makeTwoOrganizations()
  await lengthenLog(world.ours.actor.organizationId)
})
afterAll(async () => {
  await world?.close()
})

/** Adds rows that are as good as written by the door, until there are `ROWS`. */
async function lengthenLog(organization_id: string): Promise<void> {
  const db = world.database.kysely
  const of = (table: 'organization_head') => db.selectFrom(table).where('organization_id', '=', organization_id)
  const head = await of('organization_head').select(['audit_sequence', 'audit_hash']).executeTakeFirstOrThrow()
  let [sequence, hash] = [head.audit_sequence, head.audit_hash]
  while (sequence < BigInt(ROWS)) {
    const rows = []
    while (rows.length < BATCH_ROWS && sequence < BigInt(ROWS)) {
      sequence += 1n
      const row = rowAfter(hash, { organization_id, sequence: String(sequence) })
      hash = hashAuditRow(AUDIT_KEY, row)
      rows.push({ ...row, sequence, actor_kind: 'system' as const, hash })
    }
    await db.insertInto('audit_log').values(rows).execute()
  }
  const moved = { audit_sequence: sequence, audit_hash: hash }
  await db.updateTable('organization_head').set(moved).where('organization_id', '=', organization_id).execute()
}

function rowAfter(previous_hash: string, of: Pick<HashedAuditRow, 'organization_id' | 'sequence'>): HashedAuditRow {
  return {
    ...of,
    id: randomUUID(),
    created_at: toIso(1_700_000_000_000),
    actor_kind: 'system',
    actor_id: null,
    user_id: null,
    surface: 'api',
    ip: null,
    user_agent: null,
    request_id: null,
    action: 'createKeys',
    resource_type: 'key',
    resource_id: `key ${of.sequence}`,
    workspace_id: null,
    before: null,
    after: '{"name":"long"}',
    previous_hash,
  }
}

interface Verdict {
  data: { is_intact: boolean; rows_checked: number; head: { sequence: number } }
}

test('S10: while a long log is verified changes go on, and the verdict tells of them too', async () => {
  const { actor } = world.ours
  let isVerified = false
  const verifying = (world.control.invoke('verifyAuditLogs', actor, {}, ORIGIN) as Promise<Verdict>).finally(() => {
    isVerified = true
  })
  let changesMeanwhile = 0
  while (!isVerified) {
    const name = `meanwhile ${changesMeanwhile}`
    await world.control.invoke('createKeys', actor, { name }, ORIGIN)
    if (!isVerified) changesMeanwhile += 1
  }
  const { data } = await verifying
  expect(changesMeanwhile).toBeGreaterThan(0)
  expect(data.is_intact).toBe(true)
  expect(data.rows_checked).toBeGreaterThanOrEqual(ROWS + changesMeanwhile)
  // Its own row comes after what it has checked.
  expect(data.head.sequence).toBe(data.rows_checked)
})

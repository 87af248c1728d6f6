import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AuditLogWire } from '../../../src/contract/management/audit.ts'
import { LEASE_OPERATIONS, type LeaseWire } from '../../../src/contract/management/leases.ts'
import type { Actor } from '../../../src/domain/actor.ts'
import { counterKeyOf } from '../../../src/domain/lease-protocol.ts'
import { releaseLeases } from '../../../src/store/leases.ts'
import { as } from '../credit-fixtures.ts'
import { keyCounter, type LeasePage, LIFETIME, LosingReplica } from '../lease-fixtures.ts'
import { expectError, gateway, send } from '../request.ts'
import { type MadeKey, UsageWorld } from '../usage-world.ts'

const { releaseLease } = LEASE_OPERATIONS
const path = (id: string) => `/api/v1/leases/${id}/release`
const USD = 1_000_000_000n
const LIMIT = 10n * USD

describe('over HTTP', () => {
  test('404 for an unknown id, and for what cannot be one', async () => {
    for (const id of ['replica-0.1.1.0', '%00', 'x'.repeat(201)])
      expectError(await send('POST', path(id)), 404, 'Lease not found')
  })

  test('403 for the Billing Manager of a workspace', async () => {
    expectError(await send('POST', path('any'), as(gateway.sessions.billingManager)), 403, 'credit:grant')
  })
})

describe('of a lost process', () => {
  let usage: UsageWorld
  let key: MadeKey
  let replica: LosingReplica
  let ours: Actor & { kind: 'management_key' }

  beforeAll(async () => {
    usage = await UsageWorld.make()
    ours = usage.world.ours.actor
  })
  afterAll(async () => {
    await usage?.close()
  })

  /** A lease of all but a dollar of a new key's limit, lost or not. */
  async function newLease({ isLost = true } = {}): Promise<string> {
    key = await usage.newKey(usage.world.ours.workspaceId, null)
    replica = await LosingReplica.begin(usage.world.database)
    const id = await replica.take(ours, keyCounter(key.id), { amount: LIMIT - USD, limit: LIMIT })
    if (isLost) await replica.lose()
    return id ?? expect.fail('nothing was granted')
  }
  const release = (id: string, actor: Actor = ours) => usage.invoke<{ data: LeaseWire }>('releaseLease', actor, { id })
  const waiting = async () =>
    (await usage.invoke<LeasePage>('listUnconfirmedLeases', ours, { replica: replica.name })).data
  const auditRows = (resource_id: string) =>
    usage.invoke<{ data: AuditLogWire[] }>('listAuditLogs', ours, { resource_type: 'lease', resource_id })
  const counter = async () =>
    await usage.world.database.kysely
      .selectFrom('counter')
      .select(['settled_nano as settled', 'leased_nano as leased', 'ceiling_nano as ceiling'])
      .where('scope_kind', '=', 'key')
      .where('scope_id', '=', String(key.id))
      .where('kind', '=', 'credit')
      .where('interval', '=', 'lifetime')
      .executeTakeFirstOrThrow()
  const take = async (amount: bigint) =>
    await (await LosingReplica.begin(usage.world.database)).take(ours, keyCounter(key.id), { amount, limit: LIMIT })

  test('200 gives back what was not charged: it counts as spent until then, and may be spent afterwards', async () => {
    const id = await newLease()
    await usage.use(key, [{ cost: 2n * USD, charges: [{ lease: id, amount: 2n * USD }] }])
    expect(await take(2n * USD)).toBeUndefined()
    const [before] = await waiting()
    const { data } = releaseLease.output.parse(await release(id))
    expect(data).toEqual({ ...before, state: 'released', held_usd: 0, since: expect.stringMatching(/Z$/) })
    expect(data).toMatchObject({ granted_usd: 9, charged_usd: 2, scope_id: key.hash })
    expect(await waiting()).toEqual([])
    expect(await counter()).toEqual({ settled: 2n * USD, leased: 0n, ceiling: LIMIT })
    expect(await take(8n * USD)).toBeDefined()
    expect(await take(1n)).toBeUndefined()
    expect((await auditRows(id)).data).toMatchObject([
      { action: 'releaseLease', workspace_id: key.workspaceId, before, after: data },
    ])
  })

  test('200 for a lease on the credits of the organization, which may then be moved', async () => {
    await newLease()
    const pool = counterKeyOf({ scopeKind: 'pool', scopeId: `organization:${ours.organizationId}`, ...LIFETIME })
    await usage.invoke('createCreditGrant', ours, { amount_usd: 50 })
    replica = await LosingReplica.begin(usage.world.database)
    const id = await replica.take(ours, pool, { amount: 50n * USD, limit: null })
    await replica.lose()
    const { data: away } = await usage.invoke<{ data: { id: string } }>('createWorkspace', ours, {
      name: 'Away',
      slug: 'away',
      credit_pool: 'dedicated',
    })
    const transfer = { id: away.id, direction: 'to_workspace', amount_usd: 40 }
    await expect(usage.invoke('createCreditTransfer', ours, transfer)).rejects.toThrow('requests may use')
    expect((await release(id ?? '')).data).toMatchObject({ scope: 'organization_pool', granted_usd: 50 })
    await usage.invoke('createCreditTransfer', ours, transfer)
  })

  test('404 for a lease whose process lives, a released one and one of another organization, and nothing changes', async () => {
    const live = await newLease({ isLost: false })
    await expect(release(live)).rejects.toThrow('Lease not found')
    const lost = await newLease()
    await expect(release(lost, usage.world.theirs.actor)).rejects.toThrow('Lease not found')
    expect((await counter()).leased).toBe(LIMIT - USD)
    await release(lost)
    await expect(release(lost)).rejects.toThrow('Lease not found')
    expect((await counter()).leased).toBe(0n)
    expect((await auditRows(live)).data).toEqual([])
    expect((await auditRows(lost)).data).toHaveLength(1)
  })

  test('200 for one of those who release it at once, and it comes back once', async () => {
    const id = await newLease()
    const all = await Promise.allSettled(Array.from({ length: 4 }, () => release(id)))
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect((await counter()).leased).toBe(0n)
  })

  test('200, and a process that comes back after all is told not to spend it, while what it had spent is charged all the same', async () => {
    key = await usage.newKey(usage.world.ours.workspaceId, null)
    replica = await LosingReplica.begin(usage.world.database)
    const id = (await replica.take(ours, keyCounter(key.id), { amount: LIMIT - USD, limit: LIMIT })) ?? ''
    await sql`UPDATE lease SET state = 'unconfirmed' WHERE id = ${id}`.execute(usage.world.database.kysely)
    await release(id)
    expect(await take(LIMIT)).toBeDefined()
    expect(await replica.beat()).toMatchObject({ type: 'beat', released: [id] })
    await usage.use(key, [{ cost: 3n * USD, charges: [{ lease: id, amount: 3n * USD }] }])
    // Over the limit by what was spent twice: by whoever released it, and nothing of others' leases.
    expect(await counter()).toEqual({ settled: 3n * USD, leased: LIMIT, ceiling: LIMIT + 3n * USD })
    expect(await take(1n)).toBeUndefined()
  })

  test.skipIf(process.env['SWITCHYARD_TEST_STORE'] !== 'postgres')(
    '200, and a charge that is posted at the same moment takes nothing out of what others have leased',
    async () => {
      const id = await newLease()
      const { kysely } = usage.world.database
      let posted: Promise<unknown> = Promise.resolve()
      await kysely.transaction().execute(async (tx) => {
        expect((await releaseLeases(tx, [id])).size).toBe(1)
        posted = usage.use(key, [{ cost: USD, charges: [{ lease: id, amount: USD }] }])
        // Long enough for it to have begun.
        await sleep(300)
      })
      await posted
      expect(await counter()).toEqual({ settled: USD, leased: 0n, ceiling: LIMIT })
    },
  )
})

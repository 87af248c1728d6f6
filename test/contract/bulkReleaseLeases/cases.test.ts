import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AuditLogWire } from '../../../src/contract/management/audit.ts'
import { LEASE_OPERATIONS } from '../../../src/contract/management/leases.ts'
import type { Actor } from '../../../src/domain/actor.ts'
import { keyCounter, type LeasePage, LosingReplica } from '../lease-fixtures.ts'
import { expectError, send } from '../request.ts'
import { UsageWorld } from '../usage-world.ts'

const { bulkReleaseLeases } = LEASE_OPERATIONS
const PATH = '/api/v1/leases/release'
const USD = 1_000_000_000n

test.each([
  ['no ids', {}, 'ids'],
  ['an empty list', { ids: [] }, 'ids'],
  ['an empty id', { ids: [''] }, 'ids'],
  ['more than 100', { ids: Array.from({ length: 101 }, (_, at) => `lease-${at}`) }, 'ids'],
  ['an unknown id', { ids: ['replica-0.1.1.0'] }, 'replica-0.1.1.0'],
])('400 for %s', async (_name, body, named) => {
  expectError(await send('POST', PATH, { body }), 400, named)
})

describe('of a lost process', () => {
  let usage: UsageWorld
  beforeAll(async () => {
    usage = await UsageWorld.make()
  })
  afterAll(async () => {
    await usage?.close()
  })

  /** What it had of `count` new keys, two dollars of each. */
  async function loseLeases(count: number): Promise<{ replica: string; ids: string[] }> {
    const { actor, workspaceId } = usage.world.ours
    const replica = await LosingReplica.begin(usage.world.database)
    for (let nth = 0; nth < count; nth += 1) {
      const { id } = await usage.newKey(workspaceId, null)
      await replica.take(actor, keyCounter(id), { amount: 2n * USD, limit: 9n * USD })
    }
    await replica.lose()
    return { replica: replica.name, ids: (await waiting(replica.name)).data.map(({ id }) => id) }
  }
  const waiting = (replica: string) =>
    usage.invoke<LeasePage>('listUnconfirmedLeases', usage.management, { replica, limit: 100 })
  const release = async (ids: string[], actor: Actor = usage.management) =>
    bulkReleaseLeases.output.parse(await usage.invoke('bulkReleaseLeases', actor, { ids }))
  const leased = async () => {
    const counters = usage.world.database.kysely
      .selectFrom('counter')
      .select('leased_nano')
      .where('leased_nano', '>', 0n)
    return (await counters.execute()).length
  }

  test('200 gives back all of them, of an id that is said twice once, and leaves one row in the audit log', async () => {
    const { ids, replica } = await loseLeases(30)
    const before = (await waiting(replica)).data
    expect([ids.length, await leased()]).toEqual([30, 30])
    expect(await release([...ids, ...ids.slice(0, 2)])).toEqual({ released_count: 30 })
    expect(await leased()).toBe(0)
    expect(await waiting(replica)).toMatchObject({ total_count: 0, held_usd: { limits: 0 } })
    const { data } = await usage.invoke<{ data: AuditLogWire[] }>('listAuditLogs', usage.management, {
      resource_type: 'lease',
    })
    expect(data).toHaveLength(1)
    const [row] = data as [AuditLogWire & { before: { leases: object[] }; after: { leases: object[] } }]
    expect(row.before.leases).toEqual(expect.arrayContaining(before))
    expect(row.after.leases).toHaveLength(30)
  })

  test('400 for one that is not there or of another organization, and nothing comes back', async () => {
    const { ids } = await loseLeases(3)
    await expect(release([...ids, 'unknown'])).rejects.toThrow('ids: "unknown" is no unconfirmed lease')
    await expect(release(ids, usage.world.theirs.actor)).rejects.toThrow('is no unconfirmed lease')
    expect(await leased()).toBe(3)
    expect(await release(ids)).toEqual({ released_count: 3 })
    await expect(release(ids)).rejects.toThrow('is no unconfirmed lease')
  })
})

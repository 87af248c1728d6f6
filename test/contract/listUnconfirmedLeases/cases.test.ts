import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LEASE_OPERATIONS } from '../../../src/contract/management/leases.ts'
import type { RequestOf } from '../../../src/contract/operation.ts'
import type { Actor } from '../../../src/domain/actor.ts'
import { counterKeyOf } from '../../../src/domain/lease-protocol.ts'
import { toDate } from '../../../src/domain/windows.ts'
import { as } from '../credit-fixtures.ts'
import { keyCounter, type LeasePage, LIFETIME, LosingReplica } from '../lease-fixtures.ts'
import { expectAnswer, expectError, gateway, send } from '../request.ts'
import { type Person, UsageWorld } from '../usage-world.ts'

const { listUnconfirmedLeases } = LEASE_OPERATIONS
const PATH = '/api/v1/leases'
const USD = 1_000_000_000n

describe('over HTTP', () => {
  test('200 says that nothing waits where no process was lost', async () => {
    const answer = expectAnswer(await send('GET', `${PATH}?replica=nobody`), 200, listUnconfirmedLeases.output)
    expect(answer).toEqual({ data: [], total_count: 0, held_usd: { pools: 0, limits: 0 } })
  })

  test.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['offset=-1', 'offset'],
    ['replica=', 'replica'],
    [`replica=${'r'.repeat(201)}`, 'replica'],
    ['state=open', 'state'],
  ])('400 names what is wrong in ?%s', async (query, name) => {
    expectError(await send('GET', `${PATH}?${query}`), 400, name)
  })

  test('403 for the Billing Manager of a workspace: it is about the whole organization', async () => {
    expectError(await send('GET', PATH, as(gateway.sessions.billingManager)), 403, 'credit:read')
  })
})

describe('of lost processes', () => {
  let usage: UsageWorld
  let workspaceId: string
  let member: Person
  let lost: LosingReplica
  const today = toDate(Date.now())

  beforeAll(async () => {
    usage = await UsageWorld.make()
    workspaceId = await usage.newWorkspace('Alpha')
    member = await usage.newPerson('erin', { [workspaceId]: 'developer' })
    lost = await LosingReplica.begin(usage.world.database)
  })
  afterAll(async () => {
    await usage?.close()
  })

  const list = (query: RequestOf<typeof listUnconfirmedLeases> = {}, actor: Actor = usage.management) =>
    usage.invoke<LeasePage>('listUnconfirmedLeases', actor, query)

  test('200 tells what each is on, by the name that people know, what was spent and what is held, and nothing of live ones', async () => {
    const { ours, theirs } = usage.world
    const { organizationId } = ours.actor
    const key = await usage.newKey(workspaceId, member)
    const { data: project } = await usage.invoke<{ data: { id: string } }>('createProject', ours.actor, {
      id: workspaceId,
      slug: 'apollo',
      name: 'Apollo',
    })
    const daily = { kind: 'byok', interval: 'daily', windowStart: today } as const
    const counters = [
      keyCounter(key.id),
      counterKeyOf({ scopeKind: 'project', scopeId: project.id, ...daily }),
      counterKeyOf({ scopeKind: 'workspace', scopeId: workspaceId, ...LIFETIME }),
      counterKeyOf({ scopeKind: 'member', scopeId: `${workspaceId}/${member.userId}`, ...LIFETIME }),
      counterKeyOf({ scopeKind: 'organization_member', scopeId: `${organizationId}/${member.userId}`, ...LIFETIME }),
      counterKeyOf({ scopeKind: 'pool', scopeId: `workspace:${workspaceId}`, ...LIFETIME }),
      counterKeyOf({ scopeKind: 'pool', scopeId: `organization:${organizationId}`, ...LIFETIME }),
    ]
    const ids: (string | undefined)[] = []
    for (const counter of counters) ids.push(await lost.take(ours.actor, counter, { amount: USD, limit: 10n * USD }))
    await lost.take(theirs.actor, keyCounter(1n), { amount: USD, limit: USD })
    expect((await list()).total_count).toBe(0)
    await usage.use(key, [{ cost: USD / 4n, charges: [{ lease: ids[0] ?? '', amount: USD / 4n }] }])
    const spent = await usage.newKey(workspaceId, null)
    const used = await lost.take(ours.actor, keyCounter(spent.id), { amount: 5n, limit: USD })
    await usage.use(spent, [{ cost: 5n, charges: [{ lease: used ?? '', amount: 5n }] }])
    await lost.lose()
    const page = listUnconfirmedLeases.output.parse(await list())
    const common = {
      state: 'unconfirmed',
      kind: 'credit',
      interval: 'lifetime',
      window_start: null,
      granted_usd: 1,
      charged_usd: 0,
      held_usd: 1,
      replica: lost.name,
      since: expect.stringMatching(/Z$/),
      workspace_id: workspaceId,
    }
    const dailyOf = { kind: 'byok', interval: 'daily', window_start: today }
    const of = (at: number, scope: string, scope_id: string | null, scope_name: string | null) => ({
      ...common,
      id: ids[at],
      scope,
      scope_id,
      scope_name,
    })
    const keyName = `key of ${member.userId}`
    expect(page.data.toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id))).toEqual([
      { ...of(0, 'key', key.hash, keyName), charged_usd: 0.25, held_usd: 0.75 },
      { ...of(1, 'project', project.id, 'Apollo'), ...dailyOf },
      of(2, 'workspace', workspaceId, 'Alpha'),
      of(3, 'member', member.userId, 'erin'),
      { ...of(4, 'organization_member', member.userId, 'erin'), workspace_id: null },
      of(5, 'workspace_pool', workspaceId, 'Alpha'),
      { ...of(6, 'organization_pool', organizationId, null), workspace_id: null },
    ])
    expect(page).toMatchObject({ total_count: 7, held_usd: { pools: 2, limits: 4.75 } })
    const theirPage = await list({}, theirs.actor)
    expect(theirPage).toMatchObject({ total_count: 1, held_usd: { pools: 0, limits: 1 } })
  })

  test('200 gives the newest first, in pages, of one process where one is named', async () => {
    const key = await usage.newKey(workspaceId, null)
    const second = await LosingReplica.begin(usage.world.database)
    for (let count = 0; count < 3; count += 1)
      await second.take(usage.world.ours.actor, keyCounter(key.id), { amount: 2n, limit: USD })
    await second.lose()
    const { data, held_usd, total_count } = await list({ replica: second.name, limit: 2 })
    expect([data.length, total_count, held_usd]).toEqual([2, 3, { pools: 0, limits: 6e-9 }])
    const rest = await list({ replica: second.name, limit: 2, offset: 2 })
    expect(new Set([...data, ...rest.data].map(({ id }) => id)).size).toBe(3)
    const [first] = (await list({ limit: 1 })).data
    expect(first?.replica).toBe(second.name)
  })

  test('200 shows the name of a key that was deleted since: its lease waits nevertheless', async () => {
    const key = await usage.newKey(workspaceId, null)
    const third = await LosingReplica.begin(usage.world.database)
    await third.take(usage.world.ours.actor, keyCounter(key.id), { amount: 2n, limit: USD })
    await usage.invoke('deleteKeys', usage.management, { hash: key.hash })
    await third.lose()
    const { data } = await list({ replica: third.name })
    expect(data).toMatchObject([{ scope: 'key', scope_id: key.hash, scope_name: 'key of the workspace' }])
  })
})

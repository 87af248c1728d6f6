import { afterAll, beforeAll, expect, test } from 'vitest'
import { ALERT_KINDS } from '../../src/contract/management/alert-conditions.ts'
import type { AlertRuleWire, AlertWire } from '../../src/contract/management/alerts.ts'
import type { OperationName } from '../../src/contract/operations.ts'
import { createNetworkWatch } from '../../src/jobs/alerts/watch-networks.ts'
import { bootstrap } from '../../src/store/bootstrap.ts'
import { postSecurityEvents } from '../../src/store/post-security-events.ts'
import { toIso } from '../../src/store/schema.ts'
import { lookAt, withoutDefaultRules } from './alert-world.ts'
import { keyCounter, LosingReplica } from './lease-fixtures.ts'
import { makeTwoOrganizations, newGeneration, ORIGIN, type TwoOrganizations } from './two-organizations.ts'

/* What each kind of rule finds in the database, at the hour that it is, and that it tells it once. */

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
const USD = 1_000_000_000n
/** Noon, so that hours before and after are of the same day. */
const NOON = Math.floor(Date.now() / DAY_MS) * DAY_MS + 12 * HOUR_MS
const TODAY = toIso(NOON).slice(0, 10)
/** Now, but never before what other tests have looked at already. */
const lateEnough = () => Math.max(Date.now(), NOON)

let world: TwoOrganizations
let defaults: AlertRuleWire[]
beforeAll(async () => {
  world = await makeTwoOrganizations()
  defaults = await withoutDefaultRules(world)
}, 60_000)
afterAll(() => world?.close())

async function ask<T>(name: OperationName, input: object): Promise<T> {
  const { data } = (await world.control.invoke(name, world.ours.actor, input, ORIGIN)) as { data: T }
  return data
}

async function newRule(condition: object): Promise<void> {
  await ask('createAlertRule', { name: 'rule', condition, recipients: [], workspace_id: world.ours.workspaceId })
}

async function newKey(fields: object = {}): Promise<{ id: bigint; hash: string }> {
  const input = { name: 'agent', workspace_id: world.ours.workspaceId, ...fields }
  const { hash, id } = await ask<{ id: number; hash: string }>('createKeys', input)
  return { id: BigInt(id), hash }
}

const alertsOf = async (kind: string) => await ask<AlertWire[]>('listAlerts', { kind })
const keysTold = async (kind: string) => (await alertsOf(kind)).map(({ subject }) => subject.id).sort()

function eventOf(keyId: bigint, fields: object) {
  const { organizationId } = world.ours.actor
  const common = { keyId, organizationId, workspaceId: world.ours.workspaceId, network: '192.0.2.0', ip: '192.0.2.7' }
  return { kind: 'dead_key' as const, ...common, minute: NOON, origin: null, count: 1, ...fields }
}

test('an organization begins with a rule of each kind but networks, over all its workspaces, and keeps what it makes of them', async () => {
  const kinds = defaults.map(({ condition }) => condition.kind)
  expect(kinds.toSorted()).toEqual(ALERT_KINDS.filter((kind) => kind !== 'new_network').toSorted())
  expect(defaults.filter((rule) => !rule.enabled || rule.workspace_id !== null || rule.user_id !== null)).toEqual([])
  expect(defaults.find(({ condition }) => condition.kind === 'low_balance')?.condition).toMatchObject({
    below_usd: 100,
  })
  const secrets = { current: 'secret of this test', previous: null }
  await bootstrap(world.database.kysely, { secrets, managementKey: null, initialCredits: 0n, now: NOON })
  expect(await ask('listAlertRules', {})).toEqual([])
})

test('the budget of a guardrail is told of for each of those that it is assigned to, and for the workspace of a default one', async () => {
  await newRule({ kind: 'budget' })
  const { workspaceId: workspace_id } = world.ours
  const budget = { limit_usd: 10, reset_interval: 'daily' }
  const { id } = await ask<{ id: string }>('createGuardrail', { name: 'Careful', workspace_id, ...budget })
  const [one, two] = [await newKey({ name: 'one' }), await newKey({ name: 'two' })]
  await world.control.invoke(
    'bulkAssignKeysToGuardrail',
    world.ours.actor,
    { id, key_hashes: [one.hash, two.hash] },
    ORIGIN,
  )
  const { default_guardrail_id: whole } = await ask<Record<string, string>>('getWorkspace', { id: workspace_id })
  const { name } = await ask<{ name: string }>('updateGuardrail', { id: whole, limit_usd: 20, reset_interval: 'daily' })
  await ask('upsertWorkspaceBudget', { id: workspace_id, interval: 'daily', limit_usd: 20 })
  const spent = (scope_kind: 'key' | 'workspace', scope_id: string, usd: bigint) => {
    const window = { interval: 'daily' as const, window_start: TODAY, ceiling_nano: null, limit_nano: null }
    return { scope_kind, scope_id, kind: 'credit' as const, settled_nano: usd * USD, ...window }
  }
  const rows = [
    spent('key', String(one.id), 8n),
    spent('key', String(two.id), 7n),
    spent('workspace', workspace_id, 20n),
  ]
  await world.database.kysely.insertInto('counter').values(rows).execute()
  expect([await lookAt(world, NOON), await lookAt(world, NOON)]).toEqual([3, 0])
  const told = (await alertsOf('budget')).map(({ message }) => message).sort()
  expect(told).toEqual([
    'Key "one" has spent $8.00 of its daily limit by guardrail "Careful" of $10.00 (80 %).',
    'Workspace "ours" has spent $20.00 of its daily budget of $20.00 (100 %).',
    `Workspace "ours" has spent $20.00 of its daily limit by guardrail "${name}" of $20.00 (100 %).`,
  ])
})

test('a key that expires is told of a week and a day before, each once, unless it was made for less', async () => {
  await newRule({ kind: 'key_expiry' })
  const end = NOON + 6 * DAY_MS
  const { hash, id } = await newKey({ expires_at: toIso(end) })
  await world.database.kysely
    .updateTable('api_key')
    .set({ created_at: toIso(NOON - 30 * DAY_MS) })
    .where('id', '=', id)
    .execute()
  await newKey({ type: 'ephemeral', expires_at: toIso(NOON + 20 * HOUR_MS) })
  await newKey({ expires_at: toIso(NOON + 30 * DAY_MS) })
  const disabled = await newKey({ expires_at: toIso(end) })
  await ask('updateKeys', { hash: disabled.hash, disabled: true })
  expect([await lookAt(world, NOON), await lookAt(world, NOON + DAY_MS)]).toEqual([1, 0])
  expect(await lookAt(world, end - DAY_MS)).toBe(1)
  expect(await lookAt(world, end)).toBe(0)
  expect((await alertsOf('key_expiry')).map(({ details, subject }) => [subject.id, details['days']])).toEqual([
    [hash, 1],
    [hash, 7],
  ])
})

test('a dead key that keeps calling is told of from the tenth refusal within an hour on, once a day', async () => {
  await newRule({ kind: 'rejected_key' })
  const [often, seldom, before] = [await newKey(), await newKey(), await newKey()]
  const ephemeral = await newKey({ type: 'ephemeral', ttl_seconds: 60 })
  await postSecurityEvents(world.database.kysely, [
    eventOf(often.id, { count: 4 }),
    eventOf(often.id, { count: 6, network: '198.51.100.0', ip: '198.51.100.1' }),
    eventOf(seldom.id, { count: 9 }),
    eventOf(ephemeral.id, { count: 90 }),
    eventOf(before.id, { count: 50, minute: NOON - HOUR_MS - 60_000 }),
    eventOf(seldom.id, { count: 50, kind: 'forbidden_address' }),
  ])
  expect([await lookAt(world, NOON), await lookAt(world, NOON)]).toEqual([1, 0])
  const [alert] = await alertsOf('rejected_key')
  expect(alert).toMatchObject({ subject: { id: often.hash }, details: { count: 10, ip: '198.51.100.1' } })
  await postSecurityEvents(world.database.kysely, [eventOf(often.id, { count: 90, minute: NOON + 60_000 })])
  expect(await lookAt(world, NOON + 60_000)).toBe(0)
  await postSecurityEvents(world.database.kysely, [eventOf(often.id, { count: 10, minute: NOON + DAY_MS })])
  expect(await lookAt(world, NOON + DAY_MS)).toBe(1)
})

test('a key that a foreign page has sent is told of with the origin of the page', async () => {
  await newRule({ kind: 'browser_use' })
  const { hash, id } = await newKey()
  const minute = NOON - 11 * HOUR_MS
  const origin = 'https://page.example.test'
  await postSecurityEvents(world.database.kysely, [eventOf(id, { kind: 'foreign_origin', minute, origin })])
  expect([await lookAt(world, NOON), await lookAt(world, NOON + HOUR_MS)]).toEqual([1, 0])
  const [alert] = await alertsOf('browser_use')
  expect(alert).toMatchObject({ subject: { id: hash }, details: { count: 1, origin, date: TODAY } })
  expect(alert?.message).toContain('was sent by a page of https://page.example.test, once on')
})

test('a model that is not in the catalogue is told of once a day and key, however often it is asked for', async () => {
  await newRule({ kind: 'unpriced_model' })
  const { hash, id } = await newKey()
  const { organizationId: organization_id } = world.ours.actor
  const refused = { organization_id, workspace_id: world.ours.workspaceId, key_id: id, status: 400, message: 'no' }
  const rows = ['a/new', 'a/new', 'b/older'].map((model, at) => ({
    ...refused,
    id: `req-${at}`,
    created_at: toIso(NOON - at * 1_000),
    code: 'invalid_model',
    model,
  }))
  const other = { ...refused, id: 'req-9', created_at: toIso(NOON), code: 'rate_limited', model: 'c/known' }
  await world.database.kysely
    .insertInto('refused_request')
    .values([...rows, other] as never)
    .execute()
  expect([await lookAt(world, NOON), await lookAt(world, NOON)]).toEqual([1, 0])
  const [alert] = await alertsOf('unpriced_model')
  expect(alert).toMatchObject({ subject: { id: hash }, details: { count: 3, model: 'b/older', date: TODAY } })
})

async function addActivity(key_id: bigint, daysAgo: number, usage: bigint): Promise<void> {
  const { organizationId: organization_id } = world.ours.actor
  const place = { organization_id, workspace_id: world.ours.workspaceId, key_id, user_id: '', project_id: '', app: '' }
  const date = toIso(NOON - daysAgo * DAY_MS).slice(0, 10)
  const model = { model: 'm', endpoint_id: 'e', provider_name: 'P', date }
  const none = { byok_usage_nano: 0n, prompt_tokens: 0n, completion_tokens: 0n, reasoning_tokens: 0n }
  await world.database.kysely
    .insertInto('activity')
    .values({ ...place, ...model, ...none, usage_nano: usage, requests: 1n } as never)
    .execute()
  const window = { kind: 'credit', interval: 'daily', window_start: date } as const
  await world.database.kysely
    .insertInto('counter')
    .values({ scope_kind: 'key', scope_id: String(key_id), ...window, settled_nano: usage } as never)
    .execute()
}

test('the balance of the organization is watched where credits are paid in advance, by its own rules alone', async () => {
  const condition = { kind: 'low_balance', below_usd: 1 }
  await newRule(condition)
  const { organizationId } = world.ours.actor
  await ask('createAlertRule', { name: 'Balance', condition, recipients: [], workspace_id: null })
  expect(await lookAt(world, NOON, { isPrepaid: false })).toBe(0)
  expect([await lookAt(world, NOON, { isPrepaid: true }), await lookAt(world, NOON, { isPrepaid: true })]).toEqual([
    1, 0,
  ])
  const told = await alertsOf('low_balance')
  expect(told).toMatchObject([
    { workspace_id: null, subject: { kind: 'organization', id: organizationId }, details: { below_usd: 1 } },
  ])
  await ask('createCreditGrant', { amount_usd: 2 })
  await lookAt(world, NOON, { isPrepaid: true })
  expect((await alertsOf('low_balance')).map(({ resolved_at }) => resolved_at)).toEqual([toIso(NOON)])
})

test('the limits of keys that were used lately are looked at each time, of all keys now and then', async () => {
  await newRule({ kind: 'key_limit' })
  const [used, idle] = [await newKey({ limit: 1 }), await newKey({ limit: 1 })]
  const lifetime = { interval: 'lifetime' as const, window_start: '1970-01-01', ceiling_nano: null, limit_nano: null }
  const rows = [used, idle].map(({ id }) => ({
    scope_kind: 'key' as const,
    scope_id: String(id),
    kind: 'credit' as const,
  }))
  await world.database.kysely
    .insertInto('counter')
    .values(rows.map((row) => ({ ...row, ...lifetime, settled_nano: USD })))
    .execute()
  await addActivity(used.id, 0, 1n)
  await addActivity(idle.id, 2, 1n)
  expect(await lookAt(world, NOON, { isThorough: false })).toBe(1)
  expect(await keysTold('key_limit')).toEqual([used.hash])
  expect([await lookAt(world, NOON), await lookAt(world, NOON, { isThorough: false })]).toEqual([1, 0])
})

test('a key that spends three times what it does is told of, one that always spends as much is not', async () => {
  await newRule({ kind: 'spend_spike' })
  const [spike, steady, young] = [await newKey(), await newKey(), await newKey()]
  for (const daysAgo of [1, 2, 3, 4]) {
    await addActivity(spike.id, daysAgo, USD)
    await addActivity(steady.id, daysAgo, 3n * USD)
  }
  await addActivity(young.id, 1, 1n)
  for (const { id } of [spike, steady, young]) await addActivity(id, 0, 3n * USD)
  expect([await lookAt(world, NOON), await lookAt(world, NOON)]).toEqual([1, 0])
  const [alert] = await alertsOf('spend_spike')
  expect(alert).toMatchObject({
    subject: { id: spike.hash },
    details: { date: TODAY, spent_usd: 3, baseline_usd: 1, baseline_days: 4 },
  })
})

test('what providers used beyond holds is told of by workspace, with what it came to', async () => {
  await newRule({ kind: 'uncharged' })
  const { id } = await newKey()
  const of = { workspaceId: world.ours.workspaceId, keyId: Number(id) }
  const organizationId = world.ours.actor.organizationId
  const made = [
    await newGeneration(world.database, organizationId, of),
    await newGeneration(world.database, organizationId, of),
  ]
  expect(await lookAt(world, lateEnough())).toBe(0)
  await world.database.kysely
    .updateTable('generation')
    .set({ uncharged_nano: 20_000_000n } as never)
    .where('id', 'in', made)
    .execute()
  expect([await lookAt(world, lateEnough()), await lookAt(world, lateEnough())]).toEqual([1, 0])
  const [alert] = await alertsOf('uncharged')
  expect(alert).toMatchObject({
    subject: { kind: 'workspace', id: world.ours.workspaceId },
    details: { uncharged_usd: 0.04, requests: 2, endpoint: 'e' },
  })
})

test('money of a lost process is told of by organization, once a process and with what it holds', async () => {
  const rule = { name: 'rule', condition: { kind: 'unconfirmed_lease' }, recipients: [], workspace_id: null }
  await ask('createAlertRule', rule)
  const { id } = await newKey()
  const lost = await LosingReplica.begin(world.database)
  const terms = { amount: 2n * USD, limit: 9n * USD }
  for (const { actor } of [world.ours, world.theirs]) await lost.take(actor, keyCounter(id), terms)
  expect(await lookAt(world, lateEnough())).toBe(0)
  await lost.lose()
  // The other organization has the rule that each begins with.
  expect([await lookAt(world, lateEnough()), await lookAt(world, lateEnough())]).toEqual([2, 0])
  const { organizationId } = world.ours.actor
  expect(await alertsOf('unconfirmed_lease')).toMatchObject([
    {
      workspace_id: null,
      subject: { kind: 'organization', id: organizationId },
      details: { replica: lost.name, leases: 1, pools_usd: 0, limits_usd: 2 },
    },
  ])
})

test('a key that calls from a network or country that is new to it is told of, once a place and after the time of learning', async () => {
  await newRule({ kind: 'new_network', learning_days: 1 })
  await newRule({ kind: 'new_network', by: 'country', learning_days: 0 })
  const { hash, id } = await newKey({ name: 'traveller' })
  const start = lateEnough()
  const call = async (ip: string, at: number) => {
    const of = { workspaceId: world.ours.workspaceId, keyId: Number(id) }
    const made = await newGeneration(world.database, world.ours.actor.organizationId, of)
    const changes = { ip, created_at: toIso(Math.floor(at / 1_000) * 1_000) }
    await world.database.kysely
      .updateTable('generation')
      .set(changes as never)
      .where('id', '=', made)
      .execute()
  }
  const countryOf = (ip: string) => ({ '192': 'DE', '198': 'FR' })[ip.slice(0, 3)] ?? null
  const watchNetworks = createNetworkWatch(countryOf)
  const look = (now: number) => lookAt(world, now, { watchNetworks })
  await call('192.0.2.1', start)
  expect(await look(start + 1_000)).toBe(0)
  await call('192.0.2.200', start + 10_000)
  await call('198.51.100.1', start + 20_000)
  // Within the day of learning it is another country, and no news as a network.
  expect([await look(start + 30_000), await look(start + 31_000)]).toEqual([1, 0])
  const later = start + DAY_MS + 60_000
  await call('198.51.100.9', later)
  await call('203.0.113.1', later)
  await call('2001:db8:0:ff::1', later)
  expect([await look(later + 1_000), await look(later + 2_000)]).toEqual([2, 0])
  // Who has just started reads the same from the database.
  expect(await lookAt(world, later + 3_000)).toBe(0)
  const told = (await alertsOf('new_network')).filter(({ subject }) => subject.id === hash)
  const places = told.map(({ details: { country, network } }) => country ?? network)
  expect(places.sort()).toEqual(['2001:db8::', '203.0.113.0', 'FR'])
  expect(told[0]?.message).toMatch(/^Key "traveller" was called from a new network, \S+, first from \S+ at /)
})

test('each of them is about its own keys alone: no other kind has told of any', async () => {
  const kinds = ['rejected_key', 'browser_use', 'unpriced_model', 'spend_spike']
  const told = await Promise.all(kinds.map(keysTold))
  expect(new Set(told.flat()).size).toBe(kinds.length)
})

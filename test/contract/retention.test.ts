import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newRequestId, newUuid } from '../../src/platform/ids.ts'
import { deleteRowsBefore } from '../../src/store/delete-old-rows.ts'
import { ADDRESS_TABLES, forgetAddresses } from '../../src/store/forget-addresses.ts'
import { beginOfGenerations, dropGenerationPartitions, ensureGenerationPartitions } from '../../src/store/partitions.ts'
import { postRefusals } from '../../src/store/post-refusals.ts'
import { postRules } from '../../src/store/post-rules.ts'
import { toIso } from '../../src/store/schema.ts'
import { makeTwoOrganizations, type TwoOrganizations } from './two-organizations.ts'
import { UsageWorld } from './usage-world.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

let world: TwoOrganizations
beforeAll(async () => {
  world = await makeTwoOrganizations()
})
afterAll(async () => {
  await world?.close()
})

test('sessions and authorization codes go when they ended long enough ago, and no others', async () => {
  const { kysely } = world.database
  const { actor, workspaceId: workspace_id } = world.ours
  const now = Date.now()
  const created_at = toIso(now - 2 * DAY_MS)
  await kysely.insertInto('user_account').values({ id: 'user_1', email: 'a@example.test', created_at }).execute()
  const ends = { long: now - DAY_MS - 1, lately: now - HOUR_MS, later: now + HOUR_MS }
  for (const [name, end] of Object.entries(ends)) {
    const expires_at = toIso(end)
    const times = { created_at, updated_at: created_at, expires_at }
    await kysely
      .insertInto('session')
      .values({ id: newUuid(), token: name, user_id: 'user_1', active_organization_id: null, ...times })
      .execute()
    const code = { code_hash: name, organization_id: actor.organizationId, workspace_id, created_at, expires_at }
    await kysely
      .insertInto('auth_code')
      .values({ ...code, callback_url: 'https://app.example.test', key_label: 'app' })
      .execute()
  }
  for (const table of ['session', 'auth_code'] as const)
    expect([table, await deleteRowsBefore(kysely, table, now - DAY_MS)]).toEqual([table, 1])
  const sessions = await kysely.selectFrom('session').select('token').orderBy('token').execute()
  const codes = await kysely.selectFrom('auth_code').select('code_hash').orderBy('code_hash').execute()
  expect(sessions.map(({ token }) => token)).toEqual(['lately', 'later'])
  expect(codes.map(({ code_hash }) => code_hash)).toEqual(['lately', 'later'])
})

test('deliveries go a while after they were made or given up, and those under way stay', async () => {
  const { kysely } = world.database
  const { organizationId: organization_id } = world.ours.actor
  const now = Date.now()
  const old = toIso(now - 8 * DAY_MS)
  const ends = [
    { kind: 'done', done_at: old, dead_at: null },
    { kind: 'done lately', done_at: toIso(now - 6 * DAY_MS), dead_at: null },
    { kind: 'given up', done_at: null, dead_at: old },
    { kind: 'under way', done_at: null, dead_at: null },
  ]
  for (const end of ends) {
    const times = { created_at: old, next_attempt_at: old }
    const row = { id: newUuid(), organization_id, workspace_id: null, payload: '', last_error: null, ...times, ...end }
    await kysely.insertInto('outbox').values(row).execute()
  }
  const left = async () =>
    (await kysely.selectFrom('outbox').select('kind').orderBy('kind').execute()).map(({ kind }) => kind)
  expect(await deleteRowsBefore(kysely, 'delivered', now - 7 * DAY_MS)).toBe(1)
  expect(await left()).toEqual(['done lately', 'given up', 'under way'])
  expect(await deleteRowsBefore(kysely, 'undeliverable', now - 7 * DAY_MS)).toBe(1)
  expect(await left()).toEqual(['done lately', 'under way'])
})

test('of what was spent the windows that are long over go, and never a lifetime or what is lent out', async () => {
  const { kysely } = world.database
  const now = Date.now()
  const day = (ago: number) => toIso(now - ago * DAY_MS).slice(0, 10)
  const windows = [
    { interval: 'daily', window_start: day(101), leased_nano: 0n },
    { interval: 'monthly', window_start: day(99), leased_nano: 0n },
    { interval: 'weekly', window_start: day(120), leased_nano: 5n },
    { interval: 'lifetime', window_start: '1970-01-01', leased_nano: 0n },
  ] as const
  const scope = { scope_kind: 'key', scope_id: '424242', kind: 'credit', settled_nano: 1n } as const
  for (const window of windows)
    await kysely
      .insertInto('counter')
      .values({ ...scope, ...window })
      .execute()
  expect(await deleteRowsBefore(kysely, 'counter', now - 100 * DAY_MS)).toBe(1)
  const left = await kysely.selectFrom('counter').select('interval').where('scope_id', '=', '424242').execute()
  expect(left.map(({ interval }) => interval).sort()).toEqual(['lifetime', 'monthly', 'weekly'])
})

test('changes, links, synchronizations and messages of payment providers go by their age', async () => {
  const { kysely } = world.database
  const { organizationId: organization_id } = world.ours.actor
  const now = Date.now()
  const [old, recent] = [toIso(now - 91 * DAY_MS), toIso(now - DAY_MS)]
  for (const at of [old, recent]) {
    const version = at === old ? 1_000_001n : 1_000_002n
    await kysely
      .insertInto('change')
      .values({ organization_id, version, kind: 'key', id: '1', created_at: at })
      .execute()
    const job = { id: newUuid(), organization_id, synced_groups: 0, created_at: at }
    await kysely.insertInto('scim_sync_job').values(job).execute()
    await kysely.insertInto('payment_event').values({ organization_id, id: at, kind: 'x', received_at: at }).execute()
    await sql`INSERT INTO verification VALUES (${at}, 'a', 'b', ${at}, ${at}, ${at})`.execute(kysely)
  }
  for (const what of ['change', 'scim_sync_job', 'payment_event', 'verification'] as const)
    expect([what, await deleteRowsBefore(kysely, what, now - 90 * DAY_MS)]).toEqual([what, 1])
})

test('addresses of callers are forgotten when they are old enough, and all else of the requests stays', async () => {
  const usage = await UsageWorld.make()
  try {
    const { kysely } = usage.world.database
    const key = await usage.newKey(await usage.newWorkspace('Addresses'), null)
    const cutoff = Math.floor(Date.now() / 1_000) * 1_000 - 90 * DAY_MS
    const ages = [cutoff - 100 * DAY_MS, cutoff - 1_000, cutoff, Date.now()]
    await usage.use(
      key,
      ages.map((at) => ({ at, ip: '192.0.2.7', userAgent: 'agent' })),
    )
    const refused = { workspaceId: key.workspaceId, keyId: key.id, userId: null }
    const source = { httpReferer: null, origin: '', appTitle: null, userAgent: null, ip: '192.0.2.7' }
    await postRefusals(
      kysely,
      ages.map((at) => ({
        ...refused,
        ...source,
        organizationId: usage.world.ours.actor.organizationId,
        requestId: newRequestId(at),
        at,
        status: 429,
        code: 'rate_limited',
        message: 'no',
        model: null,
        streamed: null,
        sessionId: null,
        externalUser: null,
      })),
    )
    for (const table of ['generation', 'refused_request'] as const) {
      const left = async () => {
        const rows = await kysely.selectFrom(table).select(['ip', 'key_id']).orderBy('created_at').execute()
        return rows.filter(({ key_id }) => key_id === key.id).map(({ ip }) => ip)
      }
      expect([table, await forgetAddresses(kysely, table, { since: cutoff, before: cutoff })]).toEqual([table, 0])
      expect([table, await forgetAddresses(kysely, table, { since: 0, before: cutoff })]).toEqual([table, 2])
      expect([table, await left()]).toEqual([table, [null, null, '192.0.2.7', '192.0.2.7']])
      expect([table, await forgetAddresses(kysely, table, { since: 0, before: cutoff })]).toEqual([table, 0])
    }
    const agents = await kysely.selectFrom('generation').select('user_agent').where('key_id', '=', key.id).execute()
    expect(agents.map(({ user_agent }) => user_agent)).toEqual(ages.map(() => 'agent'))
  } finally {
    await usage.close()
  }
})

test('alerts and the networks of keys lose their addresses too, and nothing else', async () => {
  const { kysely } = world.database
  const { actor, workspaceId: workspace_id } = world.ours
  const organization_id = actor.organizationId
  const cutoff = Date.now() - 90 * DAY_MS
  const rule_id = newUuid()
  const at = toIso(cutoff)
  await sql`INSERT INTO alert_rule (id, organization_id, name, enabled, condition, recipients, channel_ids, created_at, updated_at)
    VALUES (${rule_id}, ${organization_id}, 'r', true, '{}', '{}', '{}', ${at}, ${at})`.execute(kysely)
  const texts: Record<string, string> = { old: 'from 192.0.2.7 at noon', plain: 'of nobody', recent: 'from 192.0.2.7' }
  for (const [name, message] of Object.entries(texts)) {
    const created_at = toIso(name === 'recent' ? cutoff : cutoff - 1)
    const details = JSON.stringify(name === 'plain' ? { count: 1 } : { count: 1, ip: '192.0.2.7' })
    await sql`INSERT INTO alert (id, organization_id, rule_id, kind, subject_kind, subject_id, subject_name, occurrence, message,
      details, created_at) VALUES (${newUuid()}, ${organization_id}, ${rule_id}, 'new_network', 'key', ${name}, 'k', 'o',
      ${message}, ${details}, ${created_at})`.execute(kysely)
    const place = {
      organization_id,
      workspace_id,
      key_id: 424_242n,
      kind: 'network',
      place: name,
      ip: '192.0.2.7',
    } as const
    await kysely
      .insertInto('key_network')
      .values({ ...place, first_seen_at: created_at, last_seen_at: created_at })
      .execute()
  }
  const wanted = { since: 0, before: cutoff }
  expect(await forgetAddresses(kysely, 'alert', wanted)).toBe(1)
  expect(await forgetAddresses(kysely, 'key_network', wanted)).toBe(2)
  for (const table of ADDRESS_TABLES) expect([table, await forgetAddresses(kysely, table, wanted)]).toEqual([table, 0])
  const alerts = await kysely
    .selectFrom('alert')
    .select(['subject_id', 'message', 'details'])
    .where('rule_id', '=', rule_id)
    .orderBy('subject_id')
    .execute()
  expect(alerts).toEqual([
    { subject_id: 'old', message: 'from a forgotten address at noon', details: { count: 1, ip: null } },
    { subject_id: 'plain', message: 'of nobody', details: { count: 1 } },
    { subject_id: 'recent', message: 'from 192.0.2.7', details: { count: 1, ip: '192.0.2.7' } },
  ])
  const networks = await kysely.selectFrom('key_network').select(['place', 'ip']).orderBy('place').execute()
  expect(networks.map(({ ip, place }) => [place, ip])).toEqual([
    ['old', null],
    ['plain', null],
    ['recent', '192.0.2.7'],
  ])
})

test('generations go by whole months, and what they add up to stays', async () => {
  const usage = await UsageWorld.make()
  try {
    const { kysely } = usage.world.database
    const [outside, old, kept] = [Date.UTC(2025, 0, 31), Date.UTC(2025, 1, 28, 23), Date.UTC(2025, 2, 1)]
    for (const at of [old, kept]) await ensureGenerationPartitions(kysely, at, 0)
    const key = await usage.newKey(await usage.newWorkspace('Kept'), null)
    const ids = await usage.use(key, [{ at: outside }, { at: old }, { at: kept }])
    const before = beginOfGenerations(Date.UTC(2026, 3, 30, 12), 13)
    expect(new Date(before).toISOString()).toBe('2025-03-01T00:00:00.000Z')
    expect(await dropGenerationPartitions(kysely, before)).toBe(1)
    expect(await dropGenerationPartitions(kysely, before)).toBe(0)
    expect(await deleteRowsBefore(kysely, 'generation', before)).toBe(1)
    const left = await kysely.selectFrom('generation').select('id').where('key_id', '=', key.id).execute()
    expect(left.map(({ id }) => id)).toEqual([ids[2]])
    const { requests } = await kysely
      .selectFrom('activity')
      .select(({ fn }) => fn.sum('requests').as('requests'))
      .where('key_id', '=', key.id)
      .executeTakeFirstOrThrow()
    expect(Number(requests)).toBe(3)
  } finally {
    await usage.close()
  }
})

test('leases go a day after their end, and none that still holds money or waits for an administrator', async () => {
  const { kysely } = world.database
  const { organizationId: organization_id } = world.ours.actor
  const now = Date.now()
  const replica = { id: 'r', generation: 1, process: 'p', journal: 'j' }
  await kysely
    .insertInto('replica')
    .values({ ...replica, seen_at: toIso(now) })
    .execute()
  const window = { interval: 'lifetime', window_start: '1970-01-01' } as const
  const counter = { scope_kind: 'key', scope_id: '1', kind: 'credit', ...window } as const
  const of = { organization_id, replica_id: 'r', generation: 1, journal: 'j', granted_nano: 1n, ...counter }
  const leases = [
    { id: 'ended long ago', state: 'ended', changed_at: toIso(now - DAY_MS - 1) },
    { id: 'ended lately', state: 'ended', changed_at: toIso(now - HOUR_MS) },
    { id: 'open', state: 'open', changed_at: toIso(now - 9 * DAY_MS) },
    { id: 'unconfirmed', state: 'unconfirmed', changed_at: toIso(now - 9 * DAY_MS) },
  ] as const
  for (const lease of leases)
    await kysely
      .insertInto('lease')
      .values({ ...of, ...lease })
      .execute()
  expect(await deleteRowsBefore(kysely, 'ended_lease', now - DAY_MS)).toBe(1)
  const left = await kysely.selectFrom('lease').select('id').orderBy('id').execute()
  expect(left.map(({ id }) => id)).toEqual(['ended lately', 'open', 'unconfirmed'])
})

test('what was in force goes by the last day on which a request met it', async () => {
  const { kysely } = world.database
  const { organizationId } = world.ours.actor
  const met = (id: string, day: string) => ({ organizationId, id, json: '{"guardrails":[],"limits":[]}', day })
  await postRules(kysely, [met('old', '2026-01-01'), met('used', '2026-01-01'), met('used', '2026-01-01')])
  await postRules(kysely, [met('used', '2026-02-01')])
  // A replica that is a day behind.
  await postRules(kysely, [met('used', '2026-01-31')])
  expect(await deleteRowsBefore(kysely, 'rules_in_force', Date.UTC(2026, 1, 1))).toBe(1)
  const left = await kysely.selectFrom('rules_in_force').select(['id', 'last_met']).execute()
  expect(left).toEqual([{ id: 'used', last_met: '2026-02-01' }])
})

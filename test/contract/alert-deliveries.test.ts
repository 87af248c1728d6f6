import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AlertTarget } from '../../src/contract/management/alert-channels.ts'
import type { AlertWire } from '../../src/contract/management/alerts.ts'
import { loadAlertWires } from '../../src/control/alerts/alert-wire.ts'
import { disableAlertChannel } from '../../src/control/alerts/channels.ts'
import { sampleAlert } from '../../src/control/alerts/sample-alert.ts'
import { createAlertDelivery, FAILING_MS_MAX, FAILURES_MAX } from '../../src/jobs/alerts/deliver-alert.ts'
import { TOLD_PER_HOUR_MAX } from '../../src/jobs/alerts/raise-alerts.ts'
import { newUuid } from '../../src/platform/ids.ts'
import { getAlertChannelRow } from '../../src/store/queries/alert-channels.ts'
import { toIso } from '../../src/store/schema.ts'
import { Sealer } from '../../src/store/sealer.ts'
import type { GuardedRequest } from '../../src/upstream/guarded-http.ts'
import { lookAt, withoutDefaultRules } from './alert-world.ts'
import { newEmail, tokenOf } from './fixtures.ts'
import { makeTwoOrganizations, ORIGIN, SEALING_KEY, type TwoOrganizations } from './two-organizations.ts'

/* What becomes of an alert on its way, and who of several that look at once tells it. */

const MINUTE_MS = 60_000
const URL_OF_SLACK = 'https://hooks.example.test/services/T0'

let world: TwoOrganizations
let now = Date.now()
beforeAll(async () => {
  world = await makeTwoOrganizations()
  await withoutDefaultRules(world)
}, 60_000)
afterAll(() => world?.close())

async function ask<T>(
  name: Parameters<typeof world.control.invoke>[0],
  input: object,
  actor: Actor = world.ours.actor,
) {
  return (await world.control.invoke(name, actor, input, ORIGIN)) as { data: T }
}
type Actor = Parameters<typeof world.control.invoke>[1]

async function newChannel(target: AlertTarget = { type: 'slack', url: URL_OF_SLACK }) {
  const input = { name: 'channel', target, workspace_id: world.ours.workspaceId }
  return (await ask<{ id: string }>('createAlertChannel', input)).data.id
}

const rowOf = (id: string) => getAlertChannelRow(world.database.kysely, world.ours.actor.organizationId, id)

function deliver(channelId: string, { status, isTest = false }: { status: number; isTest?: boolean }) {
  const requests: GuardedRequest[] = []
  const door = world.controlWith({ clock: { now: () => now, monotonic: () => now } })
  const { organizationId } = world.ours.actor
  const run = createAlertDelivery({
    db: world.database.kysely,
    sealer: new Sealer(SEALING_KEY),
    send: async (request) => {
      requests.push(request)
      return { status, headers: {}, body: Buffer.from('secret words of the receiver') }
    },
    sendMail: null,
    now: () => now,
    disable: (channel, reason) =>
      door.actAsSystem({
        action: 'disableAlertChannel',
        organizationId,
        work: (context) => disableAlertChannel(context, channel, reason),
      }),
  })
  const place = {
    organization_id: organizationId,
    workspace_id: world.ours.workspaceId,
    user_id: null,
    name: 'A & <B>',
  }
  const alert: AlertWire = sampleAlert(place, { kind: 'budget', ruleId: newUuid(), now })
  const payload = { channel_id: channelId, alert, is_test: isTest }
  const delivery = {
    id: newUuid(),
    organizationId,
    workspaceId: null,
    kind: 'alert',
    payload,
    createdAt: now,
    attempts: 0,
  }
  return { requests, done: run(delivery, new AbortController().signal) }
}

test('a message to Slack is escaped as Slack wants it', async () => {
  const { done, requests } = deliver(await newChannel(), { status: 200 })
  await done
  expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([`POST ${URL_OF_SLACK}`])
  expect(JSON.parse(String(requests[0]?.body))).toEqual({
    text: 'This is a test of "A &amp; &lt;B&gt;". Nothing has happened.',
  })
  expect(requests[0]?.headers).not.toHaveProperty('switchyard-signature')
})

test('a channel that keeps failing for an hour is switched off, on record and with the reason, and gets nothing more', async () => {
  const id = await newChannel()
  const fail = () => deliver(id, { status: 503 })
  for (let count = 1; count < FAILURES_MAX; count += 1) {
    await expect(fail().done).rejects.toThrow('the receiver answered 503')
    now += MINUTE_MS
  }
  expect(await rowOf(id)).toMatchObject({ enabled: true, failures: FAILURES_MAX - 1 })
  // Often enough, and not for long enough.
  await expect(fail().done).rejects.toThrow('503')
  expect((await rowOf(id)).enabled).toBe(true)
  now += FAILING_MS_MAX
  await fail().done
  const { data: channel } = await ask<Record<string, unknown>>('getAlertChannel', { id })
  expect(channel).toMatchObject({
    enabled: false,
    disabled_reason: `${FAILURES_MAX + 1} attempts in a row have failed; the last one: the receiver answered 503`,
  })
  const { data: rows } = await ask<object[]>('listAuditLogs', { action: 'disableAlertChannel', resource_id: id })
  expect(rows).toMatchObject([{ actor_kind: 'system', before: { enabled: true }, after: { enabled: false } }])
  const later = fail()
  await later.done
  expect(later.requests).toEqual([])
  const { data: again } = await ask<Record<string, unknown>>('updateAlertChannel', { id, enabled: true })
  expect(again).toMatchObject({ enabled: true, failures: 0, disabled_reason: null, last_error: null })
})

test('one success forgets all failures', async () => {
  const id = await newChannel()
  await expect(deliver(id, { status: 500 }).done).rejects.toThrow('500')
  expect(await rowOf(id)).toMatchObject({ failures: 1, last_error: 'the receiver answered 500' })
  await deliver(id, { status: 204 }).done
  expect(await rowOf(id)).toMatchObject({ failures: 0, failing_since: null, last_error: null, last_delivered_at: now })
})

test('a test that fails is not repeated and is no reason to switch a channel off', async () => {
  const id = await newChannel()
  await deliver(id, { status: 404, isTest: true }).done
  expect(await rowOf(id)).toMatchObject({ failures: 0, last_error: 'the receiver answered 404', enabled: true })
})

test('what waits for a channel that was deleted is dropped', async () => {
  const id = await newChannel()
  await ask('deleteAlertChannel', { id })
  const { done, requests } = deliver(id, { status: 200 })
  await done
  expect(requests).toEqual([])
  const { sealed_target } = await world.database.kysely
    .selectFrom('alert_channel')
    .select('sealed_target')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  expect(sealed_target).toBeNull()
})

const look = () => lookAt(world, now)

/** A key that has spent all of its limit. */
async function newSpentKey(creator_user_id?: string): Promise<string> {
  const owner = creator_user_id === undefined ? {} : { creator_user_id }
  const input = { name: 'spent', limit: 1, workspace_id: world.ours.workspaceId, ...owner }
  const { data } = await ask<{ hash: string; id: number }>('createKeys', input)
  const counter = { scope_kind: 'key', scope_id: String(data.id), kind: 'credit', interval: 'lifetime' } as const
  await world.database.kysely
    .insertInto('counter')
    .values({
      ...counter,
      window_start: '1970-01-01',
      settled_nano: 1_000_000_000n,
      ceiling_nano: null,
      limit_nano: null,
    })
    .execute()
  return data.hash
}

async function countSpentKeys(): Promise<number> {
  const counters = world.database.kysely
    .selectFrom('counter')
    .select('scope_id')
    .where('settled_nano', '=', 1_000_000_000n)
  return (await counters.execute()).length
}

const alertsAbout = async (hash: string) =>
  (await ask<AlertWire[]>('listAlerts', { kind: 'key_limit' })).data.filter(({ subject }) => subject.id === hash)

test('many that look at the same time tell everything once', async () => {
  const channel = await newChannel()
  const condition = { kind: 'key_limit' }
  const place = { workspace_id: world.ours.workspaceId }
  const { data: rule } = await ask<{ id: string }>('createAlertRule', {
    name: 'Keys',
    condition,
    channel_ids: [channel],
    ...place,
  })
  const hashes = [await newSpentKey(), await newSpentKey(), await newSpentKey()]
  const raised = await Promise.all(Array.from({ length: 5 }, look))
  expect(raised.reduce((sum, count) => sum + count, 0)).toBe(3)
  expect(await look()).toBe(0)
  for (const hash of hashes) expect(await alertsAbout(hash)).toMatchObject([{ details: { threshold_percent: 100 } }])
  const queued = world.database.kysely.selectFrom('outbox').select('id').where('kind', '=', 'alert')
  expect((await queued.execute()).length).toBe(3)
  await ask('deleteAlertRule', { id: rule.id })
  await newSpentKey()
  expect(await look()).toBe(0)
})

test('what fails to be told keeps nothing else from it, and is told the next time', async () => {
  const place = { workspace_id: world.ours.workspaceId, recipients: [] }
  const { data: rule } = await ask<{ id: string }>('createAlertRule', {
    name: 'Keys',
    condition: { kind: 'key_limit', thresholds: [97] },
    ...place,
  })
  const hash = await newSpentKey()
  const failures: string[] = []
  const onFailure = (message: string) => failures.push(message)
  const count = await countSpentKeys()
  let isFirst = true
  const toWires: typeof loadAlertWires = async (db, organizationId, rows) => {
    if (isFirst) {
      isFirst = false
      throw new Error('a broken row')
    }
    return await loadAlertWires(db, organizationId, rows)
  }
  expect(await lookAt(world, now, { onFailure, toWires })).toBe(count - 1)
  expect(failures).toEqual(['a broken row'])
  expect(await look()).toBe(1)
  expect(await alertsAbout(hash)).toHaveLength(1)
  await ask('deleteAlertRule', { id: rule.id })
})

test('a rule that has much to tell sends the first fifty within an hour, and the list has them all', async () => {
  const channel = await newChannel()
  const rule = { name: 'Many', condition: { kind: 'key_limit', thresholds: [99] }, channel_ids: [channel] }
  const { data } = await ask<{ id: string }>('createAlertRule', { ...rule, workspace_id: world.ours.workspaceId })
  const countQueued = async () => {
    const queued = world.database.kysely.selectFrom('outbox').select('id').where('kind', '=', 'alert')
    return (await queued.execute()).length
  }
  const before = await countQueued()
  const already = await countSpentKeys()
  for (let count = already; count < TOLD_PER_HOUR_MAX + 5; count += 1) await newSpentKey()
  expect(await look()).toBe(TOLD_PER_HOUR_MAX + 5)
  expect((await countQueued()) - before).toBe(TOLD_PER_HOUR_MAX)
  now += 3_600_001
  const hash = await newSpentKey()
  expect([await look(), (await countQueued()) - before]).toEqual([1, TOLD_PER_HOUR_MAX + 1])
  expect(await alertsAbout(hash)).toHaveLength(1)
  await ask('deleteAlertRule', { id: data.id })
})

test('a rule of somebody’s own tells of their keys alone, and of nothing once they may see no alerts there', async () => {
  const email = newEmail()
  const workspaces = [{ workspace_id: world.ours.workspaceId, workspace_role: 'developer' }]
  const { data } = await ask<{ link: string }>('createInvitation', { email, workspaces })
  const accepted = await ask<{ user_id: string }>('acceptInvitation', { token: tokenOf(data.link) })
  const userId = accepted.data.user_id
  const { organizationId } = world.ours.actor
  const actor = { kind: 'session', organizationId, sessionId: 's', userId } as const
  const place = { workspace_id: world.ours.workspaceId }
  await ask('createAlertRule', { name: 'Mine', condition: { kind: 'key_limit' }, ...place }, actor)
  const [mine, other] = [await newSpentKey(userId), await newSpentKey()]
  expect(await look()).toBe(1)
  expect([(await alertsAbout(mine)).length, (await alertsAbout(other)).length]).toEqual([1, 0])
  const mails = world.database.kysely.selectFrom('outbox').select('id').where('kind', '=', 'mail')
  const since = mails.where('created_at', '>=', toIso(now) as never)
  expect((await since.execute()).length).toBe(1)
  const seen = (await ask<AlertWire[]>('listAlerts', place, actor)).data
  expect(seen.map(({ subject }) => subject.id)).toEqual([mine])
  const { data: role } = await ask<{ id: string }>('createCustomRole', { name: 'Keys', permissions: ['key:read'] })
  await newSpentKey(userId)
  const change = { id: world.ours.workspaceId, user_id: userId, custom_role_id: role.id }
  await ask('updateWorkspaceMember', change)
  expect(await look()).toBe(0)
})

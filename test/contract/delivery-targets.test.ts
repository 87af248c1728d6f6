import { afterAll, beforeAll, expect, test } from 'vitest'
import type { KeyRotationWire } from '../../src/contract/management/key-rotation.ts'
import type { KeyWire } from '../../src/contract/management/keys.ts'
import type { OperationName } from '../../src/contract/operations.ts'
import type { ControlContext } from '../../src/control/context.ts'
import { admitDelivery } from '../../src/control/keys/delivery-target.ts'
import { rotateDueKey } from '../../src/control/keys/rotate-keys.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { newEmail, tokenOf } from './fixtures.ts'
import { UNREACHABLE } from './rotation-fixtures.ts'
import { makeTwoOrganizations, ORIGIN, type TwoOrganizations } from './two-organizations.ts'

/* New secrets go where somebody has said, as long as whoever said so may have them. */

const DAY_MS = 86_400_000
const PLAN = { rotate_every_days: 1, deliver: UNREACHABLE }

let world: TwoOrganizations
beforeAll(async () => {
  world = await makeTwoOrganizations()
  // The last administrator could not be demoted.
  await newMember('org:admin')
}, 60_000)
afterAll(() => world?.close())

async function ask<T>(name: OperationName, input: object, actor: Actor = world.ours.actor): Promise<T> {
  return (await world.control.invoke(name, actor, input, ORIGIN)) as T
}

async function newMember(role: 'org:admin' | 'org:member') {
  const { organizationId } = world.ours.actor
  const { data } = await ask<{ data: { link: string } }>('createInvitation', { email: newEmail(), role })
  const accepted = await ask<{ data: { user_id: string } }>('acceptInvitation', { token: tokenOf(data.link) })
  const userId = accepted.data.user_id
  return { userId, actor: { kind: 'session', organizationId, sessionId: 'session', userId } as const }
}

async function newKey(fields: object = {}, actor: Actor = world.ours.actor): Promise<KeyWire> {
  const input = { name: 'delivered', workspace_id: world.ours.workspaceId, ...fields }
  return (await ask<{ data: KeyWire }>('createKeys', input, actor)).data
}

const rotationOf = async (hash: string) => (await ask<{ data: KeyRotationWire }>('getKeyRotation', { hash })).data

async function hashOf(id: number): Promise<string> {
  const { data } = await ask<{ data: KeyWire[] }>('listKeys', { workspace_id: world.ours.workspaceId })
  return data.find((key) => key.id === id)?.hash ?? ''
}

async function act(work: (context: ControlContext) => Promise<unknown>, action = 'rotateKeys'): Promise<void> {
  const door = world.controlWith({ clock: { now: () => Date.now() + 2 * DAY_MS, monotonic: () => performance.now() } })
  const { organizationId } = world.ours.actor
  await door.actAsSystem({ action, organizationId, work: async (context) => void (await work(context)) })
}

async function newestAudit(action: string, resource_id: string) {
  const { data } = await ask<{ data: Record<string, unknown>[] }>('listAuditLogs', { action, resource_id })
  return data[0]
}

/** Ends the target when its turn comes, and not the key. */
async function expectEnded({ hash, id }: KeyWire, userId: string): Promise<void> {
  await expect(ask('rotateKeys', { hash, deliver: { type: 'stored' } })).rejects.toThrow(`deliver: ${userId}`)
  await act((context) => rotateDueKey(context, hash))
  expect(await hashOf(id)).toBe(hash)
  const ended = {
    type: 'webhook',
    destination: 'https://10.255.255.1',
    ended_at: expect.any(String),
    reason: expect.stringContaining(userId),
  }
  const plan = { deliver: null, rotate_every_days: null, next_rotation_at: null }
  expect(await rotationOf(hash)).toMatchObject({ ...plan, ended_deliver: ended, delivery: null })
  expect(await newestAudit('rotateKeys', hash)).toMatchObject({
    actor_kind: 'system',
    before: { deliver: { type: 'webhook' }, rotate_every_days: 1 },
    after: { ...plan, ended_deliver: ended },
  })
}

test('the target of an administrator who is one no more gets no secret and is ended, and that is on record', async () => {
  const { actor, userId } = await newMember('org:admin')
  const key = await newKey()
  await ask('updateKeys', { hash: key.hash, ...PLAN }, actor)
  await ask('updateOrganizationMember', { id: userId, role: 'org:member' })
  await expectEnded(key, userId)
  await ask('updateKeys', { hash: key.hash, ...PLAN })
  expect(await rotationOf(key.hash)).toMatchObject({ rotate_every_days: 1, ended_deliver: null })
  await act((context) => rotateDueKey(context, key.hash))
  expect(await hashOf(key.id)).not.toBe(key.hash)
})

test('the target of somebody who was removed is ended, also on a key that is somebody else’s', async () => {
  const { actor, userId } = await newMember('org:member')
  const owner = await newMember('org:member')
  const place = { id: world.ours.workspaceId, user_ids: [userId], workspace_role: 'admin' }
  await ask('bulkAddWorkspaceMembers', place)
  await ask('bulkAddWorkspaceMembers', { ...place, user_ids: [owner.userId], workspace_role: 'developer' })
  const key = await newKey({ ...PLAN, creator_user_id: owner.userId }, actor)
  await ask('deleteOrganizationMember', { id: userId })
  await expectEnded(key, userId)
})

test('the target of a member whose role no longer lets them rotate is ended', async () => {
  const { actor, userId } = await newMember('org:member')
  const id = world.ours.workspaceId
  await ask('bulkAddWorkspaceMembers', { id, user_ids: [userId], workspace_role: 'admin' })
  const key = await newKey()
  await ask('updateKeys', { hash: key.hash, ...PLAN }, actor)
  await ask('updateWorkspaceMember', { id, user_id: userId, workspace_role: 'developer' })
  await expectEnded(key, userId)
})

test('a delivery on its way is called off when who sent it there may not any more, and the secret before goes on', async () => {
  const { actor, userId } = await newMember('org:admin')
  const { hash, id } = await newKey()
  await ask('updateKeys', { hash, ...PLAN }, actor)
  await ask('rotateKeys', { hash, deliver: UNREACHABLE }, actor)
  const next = await hashOf(id)
  const deliveryId = (await rotationOf(next)).delivery?.id ?? ''
  const outcomes: boolean[] = []
  const admit = () => act(async (context) => outcomes.push(await admitDelivery(context, deliveryId)), 'deliverKey')
  await admit()
  await ask('deleteOrganizationMember', { id: userId })
  await admit()
  await admit()
  expect(outcomes).toEqual([true, false, false])
  expect(await rotationOf(next)).toMatchObject({
    deliver: null,
    ended_deliver: { reason: expect.stringContaining(userId) },
    delivery: { status: 'failed', last_error: expect.stringContaining(userId), next_attempt_at: null },
    previous_secrets: [{ hash, valid_until: null }],
  })
  expect(await newestAudit('deliverKey', next)).toMatchObject({
    actor_kind: 'system',
    before: { status: 'pending' },
    after: { status: 'failed', ended_deliver: { type: 'webhook' } },
  })
})

test('the target that the organization itself has set stays', async () => {
  const { hash, id } = await newKey(PLAN)
  await act((context) => rotateDueKey(context, hash))
  expect(await rotationOf(await hashOf(id))).toMatchObject({ deliver: { type: 'webhook' }, ended_deliver: null })
})

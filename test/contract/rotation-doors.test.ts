import { afterAll, beforeAll, expect, test } from 'vitest'
import { KEY_ROTATION_OPERATIONS, type KeyRotationWire } from '../../src/contract/management/key-rotation.ts'
import type { KeyWire } from '../../src/contract/management/keys.ts'
import type { OperationName } from '../../src/contract/operations.ts'
import type { ControlContext } from '../../src/control/context.ts'
import { endOverlapOnUse, settleDelivery } from '../../src/control/keys/end-overlap.ts'
import { rotateDueKey } from '../../src/control/keys/rotate-keys.ts'
import { findWantedDelivery } from '../../src/store/queries/key-deliveries.ts'
import { listDueRotations } from '../../src/store/queries/key-rotation.ts'
import { UNREACHABLE } from './rotation-fixtures.ts'
import { makeTwoOrganizations, ORIGIN, type TwoOrganizations } from './two-organizations.ts'

/*
 * What the process does with keys by itself, through several doors over one database, as if several processes did it.
 */

const DAY_MS = 86_400_000

let world: TwoOrganizations
beforeAll(async () => {
  world = await makeTwoOrganizations()
})
afterAll(() => world?.close())

/** A door whose clock is ahead. */
function doorAt(aheadMs: number) {
  return world.controlWith({ clock: { now: () => Date.now() + aheadMs, monotonic: () => performance.now() } })
}

async function ask<T>(name: OperationName, input: object): Promise<T> {
  return (await world.control.invoke(name, world.ours.actor, input, ORIGIN)) as T
}

async function newPlanned(): Promise<KeyWire> {
  const input = { name: 'planned', rotate_every_days: 1, deliver: UNREACHABLE }
  return (await ask<{ data: KeyWire }>('createKeys', input)).data
}

const rotationOf = async (hash: string) => (await ask<{ data: KeyRotationWire }>('getKeyRotation', { hash })).data

async function hashOf(id: number): Promise<string> {
  const { data } = await ask<{ data: KeyWire[] }>('listKeys', {})
  return data.find((key) => key.id === id)?.hash ?? ''
}

function act(
  door: TwoOrganizations['control'],
  work: (context: ControlContext) => Promise<void>,
  action = 'rotateKeys',
) {
  return door.actAsSystem({ action, organizationId: world.ours.actor.organizationId, work })
}

const isWanted = async (id: string) => (await findWantedDelivery(world.database.kysely, id)) !== undefined

const dueAt = async (aheadMs: number) =>
  (await listDueRotations(world.database.kysely, Date.now() + aheadMs, 100)).map(({ hash }) => hash)

async function auditCount(action: string): Promise<number> {
  const { data } = await ask<{ data: unknown[] }>('listAuditLogs', { action, limit: 200 })
  return data.length
}

test('several doors that rotate one due key at once rotate it once', async () => {
  const { hash, id } = await newPlanned()
  expect(await dueAt(0.9 * DAY_MS)).not.toContain(hash)
  expect(await dueAt(1.1 * DAY_MS)).toContain(hash)
  const before = await auditCount('rotateKeys')
  const doors = Array.from({ length: 5 }, () => doorAt(1.1 * DAY_MS))
  const outcomes = await Promise.allSettled(doors.map((door) => act(door, (context) => rotateDueKey(context, hash))))
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(await auditCount('rotateKeys')).toBe(before + 1)
  const next = await hashOf(id)
  expect((await rotationOf(next)).previous_secrets).toEqual([{ hash, valid_until: null }])
})

test('a key is not rotated before its time, and one that is disabled not at all', async () => {
  const { hash } = await newPlanned()
  const before = await auditCount('rotateKeys')
  await act(doorAt(0), (context) => rotateDueKey(context, hash))
  await ask('updateKeys', { hash, disabled: true })
  expect(await dueAt(2 * DAY_MS)).not.toContain(hash)
  await act(doorAt(2 * DAY_MS), (context) => rotateDueKey(context, hash))
  expect(await auditCount('rotateKeys')).toBe(before)
})

test('the next rotation waits for the delivery of the last one, and for a person when that has failed', async () => {
  const { hash, id } = await newPlanned()
  await act(doorAt(1.1 * DAY_MS), (context) => rotateDueKey(context, hash))
  const next = await hashOf(id)
  expect(await dueAt(3 * DAY_MS)).not.toContain(next)
  const { delivery } = await rotationOf(next)
  await act(doorAt(0), (context) => settleDelivery(context, { id: delivery?.id ?? '', status: 'failed' }))
  expect(await dueAt(3 * DAY_MS)).not.toContain(next)
  await ask('rotateKeys', { hash: next })
  expect(await dueAt(3 * DAY_MS)).toContain(await hashOf(id))
})

test('when a delivery has failed for good every earlier secret goes on, is not ended by a use, and that is on record', async () => {
  const { hash, id } = await newPlanned()
  await ask('rotateKeys', { hash, deliver: { type: 'stored' }, overlap_seconds: 0 })
  const next = await hashOf(id)
  const { id: deliveryId = '' } = (await rotationOf(next)).delivery ?? {}
  const before = await auditCount('deliverKey')
  await act(doorAt(0), (context) => settleDelivery(context, { id: deliveryId, status: 'failed' }), 'deliverKey')
  await act(doorAt(0), (context) => settleDelivery(context, { id: deliveryId, status: 'delivered' }), 'deliverKey')
  await act(doorAt(0), (context) => endOverlapOnUse(context, next), 'endKeyOverlap')
  expect(await auditCount('deliverKey')).toBe(before + 1)
  const { delivery, previous_secrets } = await rotationOf(next)
  expect(delivery).toMatchObject({ status: 'failed', next_attempt_at: null, ended_at: expect.any(String) })
  expect(previous_secrets).toEqual([{ hash, valid_until: null }])
  const { payload } = await world.database.kysely
    .selectFrom('outbox')
    .select('payload')
    .where('id', '=', deliveryId)
    .executeTakeFirstOrThrow()
  expect(payload).toBe('')
  const { ended } = await ask<{ ended: number }>(KEY_ROTATION_OPERATIONS.endKeyOverlap.id, { hash: next })
  expect(ended).toBe(1)
})

test('from the delivery on the overlap counts, and a use ends what is left of it', async () => {
  const { hash, id } = await newPlanned()
  await ask('rotateKeys', { hash, deliver: { type: 'stored' }, overlap_seconds: 3_600 })
  const next = await hashOf(id)
  const { id: deliveryId = '' } = (await rotationOf(next)).delivery ?? {}
  await act(doorAt(0), (context) => endOverlapOnUse(context, next), 'endKeyOverlap')
  expect((await rotationOf(next)).previous_secrets).toEqual([{ hash, valid_until: null }])
  await act(doorAt(0), (context) => settleDelivery(context, { id: deliveryId, status: 'delivered' }), 'deliverKey')
  const [secret] = (await rotationOf(next)).previous_secrets
  expect(Date.parse(secret?.valid_until ?? '') - Date.now()).toBeGreaterThan(3_500_000)
  expect(Date.parse(secret?.valid_until ?? '') - Date.now()).toBeLessThanOrEqual(3_600_000)
  await act(doorAt(0), (context) => endOverlapOnUse(context, next), 'endKeyOverlap')
  expect((await rotationOf(next)).previous_secrets).toEqual([])
})

test('what was tried in vain before it was delivered is no error of a delivery, from the moment on at which it is delivered', async () => {
  const { hash, id } = await newPlanned()
  await ask('rotateKeys', { hash, deliver: { type: 'stored' } })
  const next = await hashOf(id)
  const { id: deliveryId = '' } = (await rotationOf(next)).delivery ?? {}
  await world.database.kysely
    .updateTable('outbox')
    .set({ last_error: 'the receiver died', attempts: 1 })
    .where('id', '=', deliveryId)
    .execute()
  expect((await rotationOf(next)).delivery).toMatchObject({ status: 'pending', last_error: 'the receiver died' })
  await act(doorAt(0), (context) => settleDelivery(context, { id: deliveryId, status: 'delivered' }), 'deliverKey')
  expect((await rotationOf(next)).delivery).toMatchObject({ status: 'delivered', attempts: 1, last_error: null })
})

test('a delivery that was called off, or whose key was deleted, is wanted no more', async () => {
  const { hash, id } = await newPlanned()
  await ask('rotateKeys', { hash, deliver: { type: 'stored' } })
  const first = await hashOf(id)
  const { id: deliveryId = '' } = (await rotationOf(first)).delivery ?? {}
  expect(await isWanted(deliveryId)).toBe(true)
  await ask('rotateKeys', { hash: first, deliver: { type: 'stored' } })
  expect(await isWanted(deliveryId)).toBe(false)
  const second = await hashOf(id)
  const { id: secondId = '' } = (await rotationOf(second)).delivery ?? {}
  await ask('deleteKeys', { hash: second })
  expect(await isWanted(secondId)).toBe(false)
})

test('what the process does by itself stays in the organization it is about', async () => {
  const { hash } = await newPlanned()
  const { organizationId } = world.theirs.actor
  const work = (context: ControlContext) => rotateDueKey(context, hash)
  const act = doorAt(2 * DAY_MS).actAsSystem({ action: 'rotateKeys', organizationId, work })
  await expect(act).rejects.toThrow('API key not found')
})

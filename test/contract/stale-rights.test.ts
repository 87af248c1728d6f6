import { afterAll, beforeAll, expect, test } from 'vitest'
import { lockOrganization } from '../../src/store/queries/changes.ts'
import { updateKeyRow } from '../../src/store/queries/keys.ts'
import { updateOrganizationRole } from '../../src/store/queries/member-changes.ts'
import { toIso } from '../../src/store/schema.ts'
import { newEmail, tokenOf } from './fixtures.ts'
import { makeTwoOrganizations, ORIGIN, type TwoOrganizations } from './two-organizations.ts'

/* What somebody may is what they may when their turn has come, not when they asked. */

let world: TwoOrganizations
beforeAll(async () => {
  world = await makeTwoOrganizations()
  // The last administrator could not be demoted.
  await newAdmin()
}, 60_000)
afterAll(() => world.close())

const asOwner = (name: Parameters<TwoOrganizations['control']['invoke']>[0], input: object) =>
  world.control.invoke(name, world.ours.actor, input, ORIGIN) as Promise<{ data: Record<string, string> }>

const KEY_ENDS = [
  { what: 'deleted', change: { deleted_at: toIso(0) } },
  { what: 'disabled', change: { disabled: true } },
  { what: 'given another secret', change: { hash: 'f'.repeat(64) } },
]

async function newAdmin() {
  const { organizationId } = world.ours.actor
  const { data } = await asOwner('createInvitation', { email: newEmail(), role: 'org:admin' })
  const accepted = await asOwner('acceptInvitation', { token: tokenOf(data['link']) })
  const userId = accepted.data['user_id'] ?? ''
  const actor = { kind: 'session', organizationId, sessionId: 'session', userId } as const
  const invite = () =>
    world.control
      .invoke('createInvitation', actor, { email: newEmail(), role: 'org:admin' }, ORIGIN)
      .then(() => 'invited')
      .catch((error: { code?: string }) => error.code)
  return { userId, invite }
}

test('whoever waited for their turn while they were demoted is refused', async () => {
  const { invite, userId } = await newAdmin()
  const { organizationId } = world.ours.actor
  const turn = Promise.withResolvers<void>()
  const demotion = world.database.kysely.transaction().execute(async (tx) => {
    await lockOrganization(tx, organizationId)
    turn.resolve()
    await new Promise((resolve) => setTimeout(resolve, 200))
    await updateOrganizationRole(tx, organizationId, userId, 'org:member')
  })
  await turn.promise
  const waiting = invite()
  await demotion
  expect(await waiting).toBe('forbidden')
})

test.each(KEY_ENDS)('a call that waited while its key was $what is refused', async ({ change }) => {
  const { actor } = world.theirs
  const { data } = (await world.control.invoke('createKeys', actor, { name: 'k', type: 'management' }, ORIGIN)) as {
    data: { hash: string; id: number }
  }
  const caller = { ...actor, keyId: BigInt(data.id), keyHash: data.hash }
  const turn = Promise.withResolvers<void>()
  const end = world.database.kysely.transaction().execute(async (tx) => {
    await lockOrganization(tx, actor.organizationId)
    turn.resolve()
    await new Promise((resolve) => setTimeout(resolve, 200))
    await updateKeyRow(tx, caller.keyId, change)
  })
  await turn.promise
  const input = { name: 'Too late', slug: `late-${data.id}` }
  const waiting = world.control.invoke('createWorkspace', caller, input, ORIGIN)
  await Promise.all([end, expect(waiting).rejects.toMatchObject({ code: 'unauthorized', message: 'User not found.' })])
})

test('what is asked for at the same time as the demotion comes before it or not at all', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { invite, userId } = await newAdmin()
    const acting = invite()
    await Promise.all([acting, asOwner('updateOrganizationMember', { id: userId, role: 'org:member' })])
    const rows = await world.database.kysely
      .selectFrom('audit_log')
      .select('action')
      .where((where) => where.or([where('user_id', '=', userId), where('resource_id', '=', userId)]))
      .where('action', 'in', ['createInvitation', 'updateOrganizationMember'])
      .orderBy('sequence')
      .execute()
    const isInvited = (await acting) === 'invited'
    expect(rows.map(({ action }) => action)).toEqual([
      ...(isInvited ? ['createInvitation'] : []),
      'updateOrganizationMember',
    ])
  }
})

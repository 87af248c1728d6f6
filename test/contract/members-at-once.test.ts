import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OperationName } from '../../src/contract/operations.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { AppError } from '../../src/domain/app-error.ts'
import { newEmail, tokenOf } from './fixtures.ts'
import { makeTwoOrganizations, ORIGIN, type TwoOrganizations } from './two-organizations.ts'

/* Rules about how many there are hold, too, when several ask at the same moment. */

const ROUNDS = 5

let world: TwoOrganizations
beforeAll(async () => {
  world = await makeTwoOrganizations()
}, 60_000)
afterAll(() => world?.close())

async function ask<T>(name: OperationName, input: object, actor: Actor = world.ours.actor): Promise<T> {
  return (await world.control.invoke(name, actor, input, ORIGIN)) as T
}

/** `done`, or the code of the refusal. */
async function outcome(name: OperationName, input: object, actor?: Actor): Promise<string> {
  try {
    await ask(name, input, actor)
    return 'done'
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
}

async function newMember(role: 'org:admin' | 'org:member' = 'org:member') {
  const { organizationId } = world.ours.actor
  const { data } = await ask<{ data: { link: string } }>('createInvitation', { email: newEmail(), role })
  const accepted = await ask<{ data: { user_id: string } }>('acceptInvitation', { token: tokenOf(data.link) })
  const userId = accepted.data.user_id
  return { userId, actor: { kind: 'session', organizationId, sessionId: 'session', userId } as const }
}

let places = 0
async function newWorkspace(): Promise<string> {
  places += 1
  return (await ask<{ data: { id: string } }>('createWorkspace', { name: 'Place', slug: `place-${places}` })).data.id
}

async function adminIds(): Promise<string[]> {
  type Page = { data: { id: string; role: string }[] }
  const { data } = await ask<Page>('listOrganizationMembers', { limit: 100 })
  return data.filter(({ role }) => role === 'org:admin').map(({ id }) => id)
}

type Act = (id: string, actor?: Actor) => Promise<string>
const remove: Act = (id, actor) => outcome('deleteOrganizationMember', { id }, actor)
const demote: Act = (id, actor) => outcome('updateOrganizationMember', { id, role: 'org:member' }, actor)

test.each([
  ['demote', demote, demote],
  ['remove', remove, remove],
  ['demote and remove', demote, remove],
])('of two last administrators who %s each other at once one stays', async (_name, byOne, byOther) => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const [one, other] = [await newMember('org:admin'), await newMember('org:admin')]
    for (const id of await adminIds()) if (id !== one.userId && id !== other.userId) await demote(id)
    const outcomes = await Promise.all([byOne(other.userId, one.actor), byOther(one.userId, other.actor)])
    expect(outcomes.toSorted()).toEqual(['done', 'forbidden'])
    expect(await adminIds()).toHaveLength(1)
  }
})

test('nobody is the last administrator to be demoted by whoever else may, however many ask', async () => {
  const ids = [...(await adminIds()), (await newMember('org:admin')).userId, (await newMember('org:admin')).userId]
  const outcomes = await Promise.all(ids.map((id) => demote(id)))
  expect(outcomes.filter((one) => one === 'invalid_request')).toHaveLength(1)
  expect(await adminIds()).toHaveLength(1)
})

test('a workspace gets no more Admins than it may have from additions, changes and acceptances at once', async () => {
  const id = await newWorkspace()
  const added = await Promise.all([newMember(), newMember(), newMember()])
  const changed = await Promise.all([newMember(), newMember(), newMember()])
  const viewers = changed.map(({ userId }) => userId)
  await ask('bulkAddWorkspaceMembers', { id, user_ids: viewers, workspace_role: 'viewer' })
  const workspaces = [{ workspace_id: id, workspace_role: 'admin' }]
  const links = []
  for (let count = 0; count < 3; count += 1) {
    const { data } = await ask<{ data: { link: string } }>('createInvitation', { email: newEmail(), workspaces })
    links.push(data.link)
  }
  const outcomes = await Promise.all([
    ...added.map(({ userId }) =>
      outcome('bulkAddWorkspaceMembers', { id, user_ids: [userId], workspace_role: 'admin' }),
    ),
    ...viewers.map((user_id) => outcome('updateWorkspaceMember', { id, user_id, workspace_role: 'admin' })),
    ...links.map((link) => outcome('acceptInvitation', { token: tokenOf(link) })),
  ])
  expect(outcomes.toSorted()).toEqual([...Array(5).fill('done'), ...Array(4).fill('invalid_request')])
  type Page = { data: { workspace_role: string }[] }
  const { data } = await ask<Page>('listWorkspaceMembers', { id, limit: 100 })
  expect(data.filter(({ workspace_role }) => workspace_role === 'admin')).toHaveLength(5)
})

test('budgets of two windows that contradict each other are not both set', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const id = await newWorkspace()
    const set = (interval: string) => outcome('upsertWorkspaceBudget', { id, interval, limit_usd: 10 })
    expect((await Promise.all([set('weekly'), set('monthly')])).toSorted()).toEqual(['done', 'invalid_request'])
  }
})

test('a member who is removed while a key is made for them leaves no living key behind', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const { userId } = await newMember()
    const input = { name: 'race', workspace_id: world.ours.workspaceId, creator_user_id: userId }
    const [made, removed] = await Promise.all([
      ask<{ data: { hash: string } }>('createKeys', input).catch(() => undefined),
      remove(userId),
    ])
    expect(removed).toBe('done')
    if (made === undefined) continue
    const { data } = await ask<{ data: { disabled: boolean } }>('getKey', { hash: made.data.hash })
    expect(data.disabled).toBe(true)
  }
})

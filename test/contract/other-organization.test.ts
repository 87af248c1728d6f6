import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OperationName } from '../../src/contract/operations.ts'
import { HANDLERS } from '../../src/control/handlers.ts'
import type { Control } from '../../src/control/invoke.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { AppError } from '../../src/domain/app-error.ts'
import { makeTwoOrganizations, ORIGIN, type Organization, type TwoOrganizations } from './two-organizations.ts'

/*
 * The product makes one organization; the rules hold for many. So two are made here, in a database of this test's own, and
 * everything that one has is asked for with the management key of the other.
 */

let world: TwoOrganizations
let control: Control
let ours: Organization
let theirs: Organization

beforeAll(async () => {
  world = await makeTwoOrganizations()
  ;({ control, ours, theirs } = world)
})
afterAll(async () => {
  await world?.close()
})

async function outcome(name: OperationName, actor: Actor, input: unknown): Promise<unknown> {
  try {
    return await control.invoke(name, actor, input, ORIGIN)
  } catch (error) {
    if (error instanceof AppError) return `${error.status} ${error.message}`
    throw error
  }
}

const CASES: [OperationName, (of: Organization) => unknown][] = [
  ['getWorkspace', ({ workspaceId }) => ({ id: workspaceId })],
  ['updateWorkspace', ({ workspaceId }) => ({ id: workspaceId, name: 'taken over' })],
  ['deleteWorkspace', ({ workspaceId }) => ({ id: workspaceId })],
  ['listWorkspaceMembers', ({ workspaceId }) => ({ id: workspaceId })],
  ['bulkAddWorkspaceMembers', ({ workspaceId }) => ({ id: workspaceId, user_ids: ['user_1'] })],
  ['bulkRemoveWorkspaceMembers', ({ workspaceId }) => ({ id: workspaceId, user_ids: ['user_1'] })],
  ['listKeys', ({ workspaceId }) => ({ workspace_id: workspaceId })],
  ['createKeys', ({ workspaceId }) => ({ name: 'x', workspace_id: workspaceId })],
  ['getKey', ({ keyHash }) => ({ hash: keyHash })],
  ['updateKeys', ({ keyHash }) => ({ hash: keyHash, disabled: true })],
  ['deleteKeys', ({ keyHash }) => ({ hash: keyHash })],
  ['getUserActivity', ({ workspaceId }) => ({ workspace_id: workspaceId })],
  ['getUserActivity', ({ keyHash }) => ({ api_key_hash: keyHash })],
  ['getGeneration', ({ generationId }) => ({ id: generationId })],
  ['listGenerationContent', ({ generationId }) => ({ id: generationId })],
  ['markFalsePositive', ({ generationId }) => ({ id: generationId })],
  ['unmarkFalsePositive', ({ generationId }) => ({ id: generationId })],
  ['submitGenerationFeedback', ({ generationId }) => ({ generation_id: generationId, category: 'other' })],
  ['listLogs', ({ workspaceId }) => ({ workspace_id: workspaceId })],
  ['listLogs', ({ keyHash }) => ({ api_key_hash: keyHash })],
  ['listLogSessions', ({ workspaceId }) => ({ workspace_id: workspaceId })],
  ['listSecurityEvents', ({ workspaceId }) => ({ workspace_id: workspaceId })],
  ['listSecurityEvents', ({ keyHash }) => ({ api_key_hash: keyHash })],
  ['listAlertRules', ({ workspaceId }) => ({ workspace_id: workspaceId })],
  ['listAlertChannels', ({ workspaceId }) => ({ workspace_id: workspaceId })],
  ['listAlerts', ({ workspaceId }) => ({ workspace_id: workspaceId })],
  ['listObservabilityDestinations', ({ workspaceId }) => ({ workspace_id: workspaceId })],
]

test.each(CASES)('404 %s of another organization, exactly as for one that does not exist', async (name, inputOf) => {
  const nothing: Organization = {
    ...theirs,
    workspaceId: '00000000-0000-4000-8000-000000000000',
    keyHash: '0'.repeat(64),
    generationId: `gen-${Math.floor(Date.now() / 1_000)}-00000000000000000000`,
  }
  const answer = await outcome(name, ours.actor, inputOf(theirs))
  expect(answer).toMatch(/^404 /)
  expect(answer).toBe(await outcome(name, ours.actor, inputOf(nothing)))
})

test('the same slug means another workspace in each organization', async () => {
  for (const organization of [ours, theirs]) {
    const found = await control.invoke('getWorkspace', organization.actor, { id: 'shared-slug' }, ORIGIN)
    expect(found).toMatchObject({ data: { id: organization.workspaceId } })
  }
})

test('no list, sum or member of one organization shows in the other', async () => {
  const workspaces = (await control.invoke('listWorkspaces', theirs.actor, {}, ORIGIN)) as {
    data: { id: string }[]
    total_count: number
  }
  expect(workspaces).toMatchObject({ data: [{ id: theirs.workspaceId }], total_count: 1 })
  expect(await control.invoke('getCredits', theirs.actor, {}, ORIGIN)).toEqual({
    data: { total_credits: 0, total_usage: 0 },
  })
  expect(await control.invoke('getCredits', ours.actor, {}, ORIGIN)).toEqual({
    data: { total_credits: 5e-9, total_usage: 0 },
  })
  expect(await control.invoke('listOrganizationMembers', theirs.actor, {}, ORIGIN)).toEqual({
    data: [],
    total_count: 0,
  })
  expect(await control.invoke('listKeys', theirs.actor, { type: 'management' }, ORIGIN)).toMatchObject({
    data: [{ hash: theirs.actor.keyHash }],
  })
})

test('each change of an organization has the next version of that organization and no other', async () => {
  const before = await versions()
  await control.invoke('updateWorkspace', ours.actor, { id: 'shared-slug', name: 'renamed' }, ORIGIN)
  await outcome('updateWorkspace', ours.actor, { id: 'nothing', name: 'renamed' })
  await control.invoke('listWorkspaces', ours.actor, {}, ORIGIN)
  const after = await versions()
  expect(after.map((version, index) => version - (before[index] ?? 0n))).toEqual([1n, 0n])
})

async function versions(): Promise<bigint[]> {
  const ids = [ours, theirs].map(({ actor }) => actor.organizationId)
  const rows = await world.database.kysely.selectFrom('organization_head').selectAll().execute()
  return ids.map((id) => rows.find((row) => row.organization_id === id)?.version ?? -1n)
}

test('a read that tried to write would fail: its transaction is read-only', async () => {
  const writing = world.controlWith({
    handlers: {
      ...HANDLERS,
      getCredits: async (_input, { tx }) => {
        await tx.updateTable('organization').set({ name: 'changed' }).execute()
        return { data: { total_credits: 0, total_usage: 0 } }
      },
    },
  })
  await expect(writing.invoke('getCredits', ours.actor, {}, ORIGIN)).rejects.toThrow('read-only')
})

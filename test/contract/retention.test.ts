import { afterAll, beforeAll, expect, test } from 'vitest'
import { newUuid } from '../../src/platform/ids.ts'
import { deleteRowsBefore } from '../../src/store/delete-old-rows.ts'
import { toIso } from '../../src/store/schema.ts'
import { makeTwoOrganizations, type TwoOrganizations } from './two-organizations.ts'

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

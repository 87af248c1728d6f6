import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OperationName } from '../../src/contract/operations.ts'
import { makeTwoOrganizations, ORIGIN, type TwoOrganizations } from './two-organizations.ts'

const NOBODY = '00000000-0000-4000-8000-000000000000'

let world: TwoOrganizations
beforeAll(async () => {
  world = await makeTwoOrganizations()
})
afterAll(async () => await world?.close())

test('what is written to the outbox wakes its delivery after the commit; what is undone and what writes nothing does not', async () => {
  const seen: Promise<number>[] = []
  const countRows = async () => (await world.database.kysely.selectFrom('outbox').select('id').execute()).length
  const outside = {
    publicUrl: 'http://127.0.0.1:8787',
    isMailOn: true,
    isStripeOn: false,
    knowsCountries: false,
    probeDestination: () => Promise.reject(new Error('not here')),
    egress: { allowedCidrs: [] },
  }
  const control = world.controlWith({ outside, onQueued: () => void seen.push(countRows()) })
  const invoke = (name: OperationName, input: object) => control.invoke(name, world.ours.actor, input, ORIGIN)

  await invoke('createInvitation', { email: 'one@example.test' })
  expect(await Promise.all(seen)).toEqual([1])

  await expect(invoke('createInvitation', { email: 'one@example.test' })).rejects.toThrow()
  const invitations = [
    { email: 'two@example.test' },
    { email: 'three@example.test', workspaces: [{ workspace_id: NOBODY }] },
  ]
  await expect(invoke('bulkCreateInvitations', { invitations })).rejects.toThrow('not found')
  await invoke('createWorkspace', { name: 'Quiet', slug: 'quiet' })
  expect(seen).toHaveLength(1)
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { compileContentFilters } from '../../../src/domain/content-filters.ts'
import { makeTwoOrganizations, ORIGIN, type TwoOrganizations } from '../two-organizations.ts'

let world: TwoOrganizations
beforeAll(async () => {
  world = await makeTwoOrganizations()
}, 60_000)
afterAll(() => world?.close())

test('200 while others write: nobody waits for the database until a text is looked through', async () => {
  const { actor, workspaceId: workspace_id } = world.ours
  const made = await world.control.invoke('createGuardrail', actor, { name: 'slow', workspace_id }, ORIGIN)
  const { id } = (made as { data: { id: string } }).data
  // The embedded database has one session: what is asked here would wait for a transaction that waits for this.
  const door = world.controlWith({
    filterTexts: async (set, texts) => {
      await world.control.invoke('updateGuardrail', actor, { id, name: 'renamed' }, ORIGIN)
      return { kind: 'done', outcome: compileContentFilters(set).run(texts) }
    },
  })
  const answer = await door.invoke('testGuardrail', actor, { id, text: 'a text' }, ORIGIN)
  expect(answer).toMatchObject({ data: { action: 'none', text: 'a text' } })
})

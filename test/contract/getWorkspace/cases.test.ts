import { expect, test } from 'vitest'
import { deleteWorkspace, getWorkspace } from '../../../src/contract/management/workspaces.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

test('200 gives the same workspace by UUID, by slug and by UUID in capitals', async () => {
  const workspace = await newWorkspace()
  for (const ref of [workspace.id, workspace.slug, workspace.id.toUpperCase()]) {
    const answer = await send('GET', `/api/v1/workspaces/${ref}`)
    expect(expectAnswer(answer, 200, getWorkspace.output).data).toEqual(workspace)
  }
})

test('200 says which workspace is the default one', async () => {
  const { data: first } = await call(getWorkspace, { id: 'default' })
  const other = await newWorkspace()
  expect([first.is_default, other.is_default]).toEqual([true, false])
})

test.each([
  ['an unknown slug', 'nothing-here'],
  ['an unknown UUID', NO_UUID],
  ['a path instead of a name', '..%2f..%2fkeys'],
  ['quotes', "'%20OR%20''='"],
])('404 for %s', async (_name, ref) => {
  expectError(await send('GET', `/api/v1/workspaces/${ref}`), 404, 'Workspace not found')
})

test('404 for a deleted workspace, by both names', async () => {
  const { id, slug } = await newWorkspace()
  await call(deleteWorkspace, { id })
  for (const ref of [id, slug]) expectError(await send('GET', `/api/v1/workspaces/${ref}`), 404, 'Workspace not found')
})

test.each(['%00', 'x'.repeat(65)])('404 for a name that no workspace can have: %s', async (ref) => {
  expectError(await send('GET', `/api/v1/workspaces/${ref}`), 404, 'Workspace not found')
})

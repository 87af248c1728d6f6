import { expect, test } from 'vitest'
import { deleteKeys, listKeys, updateKeys } from '../../../src/contract/management/keys.ts'
import type { Actor } from '../../../src/domain/actor.ts'
import { NO_UUID, newKey, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'
import { UsageWorld } from '../usage-world.ts'

async function hashes(query: Parameters<typeof call<typeof listKeys>>[1]): Promise<string[]> {
  return (await call(listKeys, query)).data.map(({ hash }) => hash)
}

test('200 shows the default workspace alone when none is named', async () => {
  const [here, there] = [await newKey(), await newKey({ workspace_id: (await newWorkspace()).id })]
  const { data } = expectAnswer(await send('GET', '/api/v1/keys'), 200, listKeys.output)
  expect(data.map(({ hash }) => hash)).toContain(here.data.hash)
  expect(data.map(({ hash }) => hash)).not.toContain(there.data.hash)
  expect(new Set(data.map((key) => key.workspace_id))).toEqual(new Set([gateway.defaultWorkspaceId]))
  expect(await hashes({ workspace_id: there.data.workspace_id })).toEqual([there.data.hash])
})

test('200 leaves deleted keys out, and disabled ones unless asked for', async () => {
  const { id: workspace_id } = await newWorkspace()
  const keys = [await newKey({ workspace_id }), await newKey({ workspace_id }), await newKey({ workspace_id })]
  const [live = '', disabled = '', deleted = ''] = keys.map(({ data }) => data.hash)
  await call(updateKeys, { hash: disabled, disabled: true })
  await call(deleteKeys, { hash: deleted })
  expect(await hashes({ workspace_id })).toEqual([live])
  expect(await hashes({ workspace_id, include_disabled: true })).toEqual([disabled, live])
  expect(await hashes({ workspace_id, include_disabled: false })).toEqual([live])
})

test('200 shows management keys only when asked for, wherever they are', async () => {
  const { data } = await newKey({ type: 'management' })
  expect(await hashes({})).not.toContain(data.hash)
  expect(await hashes({ type: 'management' })).toContain(data.hash)
  expect((await call(listKeys, { type: 'management' })).data.map(({ type }) => type)).not.toContain('standard')
})

test('200 has pages of 100, newest first', async () => {
  const { id: workspace_id } = await newWorkspace()
  const made: string[] = []
  for (let count = 0; count < 103; count += 1) made.unshift((await newKey({ workspace_id })).data.hash)
  expect(await hashes({ workspace_id })).toEqual(made.slice(0, 100))
  expect(await hashes({ workspace_id, offset: 100 })).toEqual(made.slice(100))
  expect(await hashes({ workspace_id, offset: 103 })).toEqual([])
})

test('200 a search finds by words of the name or label in any case, or by the beginning of the hash, on every page', async () => {
  const { id: workspace_id } = await newWorkspace()
  const { data } = await newKey({ workspace_id, name: 'Backend of the 100% Shop' })
  for (let count = 0; count < 101; count += 1) await newKey({ workspace_id, name: `later ${count}` })
  const { hash } = data
  for (const search of [
    'shop back',
    '100%',
    ` ${data.label} `,
    hash.slice(0, 12),
    hash.slice(0, 20).toUpperCase(),
    hash,
  ])
    expect([search, await hashes({ workspace_id, search })]).toEqual([search, [hash]])
  for (const search of ['shop front', '%', '_', hash.slice(1, 13)])
    expect([search, (await hashes({ workspace_id, search })).includes(hash)]).toEqual([search, search === '%'])
})

test('200 a search without a workspace goes through all of them', async () => {
  const name = `wanted ${Date.now()}`
  const here = await newKey({ name })
  const live = await newWorkspace()
  const there = await newKey({ name, workspace_id: live.id })
  const management = await newKey({ name, type: 'management' })
  expect(await hashes({ search: name, include_disabled: true })).toEqual([there.data.hash, here.data.hash])
  expect(await hashes({ search: name, workspace_id: live.id })).toEqual([there.data.hash])
  expect(await hashes({ search: name, type: 'management' })).toEqual([management.data.hash])
})

test('200 a search finds for everybody what they may see, and nothing else, nor what is of a deleted workspace', async () => {
  const world = await UsageWorld.make()
  try {
    const [alpha, beta] = [await world.newWorkspace('Alpha'), await world.newWorkspace('Beta')]
    const ada = await world.newPerson('ada', { [alpha]: 'developer' })
    const admin = await world.newPerson('admin', { [beta]: 'admin' })
    const own = await world.newKey(alpha, ada)
    const ofAlpha = await world.newKey(alpha, null)
    const ofBeta = await world.newKey(beta, ada)
    const { workspaceId } = world.world.ours
    await world.newKey(workspaceId, null)
    // As the Default one is deleted, which may have keys yet.
    const workspaces = world.world.database.kysely.updateTable('workspace').where('id', '=', workspaceId)
    await workspaces.set({ deleted_at: new Date().toISOString() }).execute()
    const found = async (actor: Actor, search = 'key of') => {
      const { data } = await world.invoke<{ data: { hash: string }[] }>('listKeys', actor, {
        search,
        include_disabled: true,
      })
      return data.map(({ hash }) => hash).toSorted()
    }
    expect(await found(world.management)).toEqual([own.hash, ofAlpha.hash, ofBeta.hash].toSorted())
    expect(await found(ada)).toEqual([own.hash])
    expect(await found(ada, ofAlpha.hash)).toEqual([])
    expect(await found(admin)).toEqual([ofBeta.hash])
    expect(await found(world.world.theirs.actor)).toEqual([])
  } finally {
    await world.close()
  }
})

test.each([
  ['search=', 'search'],
  [`search=${'x'.repeat(101)}`, 'search'],
  ['offset=-1', 'offset'],
  ['offset=abc', 'offset'],
  ['limit=10', 'limit'],
  ['include_disabled=maybe', 'include_disabled'],
  ['workspace_id=default', 'workspace_id'],
  ['type=all', 'type'],
])('400 names what is wrong in ?%s', async (query, name) => {
  expectError(await send('GET', `/api/v1/keys?${query}`), 400, name)
})

test('404 for an unknown workspace', async () => {
  expectError(await send('GET', `/api/v1/keys?workspace_id=${NO_UUID}`), 404, 'Workspace not found')
})

import { expect, test } from 'vitest'
import { NO_UUID, newKey, newWorkspace } from '../fixtures.ts'
import { send } from '../request.ts'
import { expectScimError, map, newDirectoryGroup, newDirectoryUser, personOf, rolesIn, scim } from '../scim-fixtures.ts'

const patch = (id: string, ...Operations: object[]) =>
  scim('PATCH', `/Users/${id}`, { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations })

test('200 takes the forms of Entra ID and of Okta', async () => {
  const user = await newDirectoryUser()
  const entra = await patch(
    user.id,
    { op: 'Replace', path: 'name.givenName', value: 'Grace' },
    { op: 'Add', path: 'externalId', value: 'e-2' },
    { op: 'Replace', path: 'urn:ietf:params:scim:schemas:core:2.0:User:displayName', value: 'Grace H' },
    { op: 'Add', path: 'title', value: 'not kept' },
  )
  expect(entra.status).toBe(200)
  expect(entra.body).toMatchObject({
    externalId: 'e-2',
    displayName: 'Grace H',
    name: { givenName: 'Grace', familyName: 'L' },
  })
  const okta = await patch(user.id, { op: 'replace', value: { name: { familyName: 'Hopper' }, 'name.givenName': 'G' } })
  expect(okta.body).toMatchObject({ name: { givenName: 'G', familyName: 'Hopper' } })
  expect((await patch(user.id, { op: 'remove', path: 'displayName' })).body).not.toHaveProperty('displayName')
})

test.each([
  ['Entra ID', [{ op: 'Replace', path: 'active', value: 'False' }]],
  ['Okta', [{ op: 'replace', value: { active: false } }]],
])(
  '200 deactivation as %s says it ends seat, memberships and keys in all workspaces; reactivation enables no key',
  async (_who, off) => {
    const user = await newDirectoryUser()
    const person = (await personOf(user)) ?? ''
    const { id } = await newWorkspace()
    await map((await newDirectoryGroup([user])).id, id, 'member')
    const keys = [
      await newKey({ workspace_id: id, creator_user_id: person }),
      await newKey({ creator_user_id: person }),
    ]
    const isAlive = async () =>
      await Promise.all(keys.map(async ({ key }) => (await send('GET', '/api/v1/key', { key })).status))
    expect(await isAlive()).toEqual([200, 200])
    expect((await patch(user.id, ...off)).body).toMatchObject({ active: false })
    expect(await isAlive()).toEqual([401, 401])
    expect([await personOf(user), await rolesIn(id)]).toEqual([undefined, {}])
    expect((await patch(user.id, { op: 'replace', value: { active: true } })).body).toMatchObject({ active: true })
    expect([await personOf(user), await rolesIn(id)]).toEqual([person, { [person]: 'developer' }])
    expect(await isAlive()).toEqual([401, 401])
  },
)

test('400 for what cannot be, and nothing of the call has happened', async () => {
  const user = await newDirectoryUser()
  const rename = { op: 'replace', path: 'displayName', value: 'x' }
  for (const wrong of [
    { op: 'replace', path: 'active', value: 'maybe' },
    { op: 'replace', path: 'userName', value: '' },
    { op: 'replace', path: 'emails', value: [{ value: 'no address' }] },
    { op: 'replace', value: 'x' },
  ])
    expectScimError(await patch(user.id, rename, wrong), 400, '.', 'invalidValue')
  expectScimError(await patch(user.id, { op: 'remove' }), 400, '^path: ', 'noTarget')
  expectScimError(await patch(user.id, { op: 'move', path: 'x' }), 400, 'op', 'invalidValue')
  expectScimError(await scim('PATCH', `/Users/${user.id}`, {}), 400, 'operations', 'invalidValue')
  expect((await scim('GET', `/Users/${user.id}`)).body).toEqual(user)
})

test('404 for an unknown user', async () => {
  expectScimError(await patch(NO_UUID, { op: 'replace', value: { active: false } }), 404, '^User not found$')
})

test('409 for the userName of somebody else', async () => {
  const [one, other] = [await newDirectoryUser(), await newDirectoryUser()]
  const answer = await patch(one.id, { op: 'replace', path: 'userName', value: other.userName })
  expectScimError(answer, 409, 'exists already', 'uniqueness')
})

import { expect, test } from 'vitest'
import { WORKSPACE_ROLES } from '../../../../src/contract/common/permissions.ts'
import { addressesIn, ROLES, roleTitle } from './roles.ts'

test('every role is told in plain words', () => {
  expect(ROLES.map(({ role }) => role).toSorted()).toEqual([...WORKSPACE_ROLES].toSorted())
  expect(roleTitle(null)).toBe('Custom role')
})

test.each([
  ['a@x.org', ['a@x.org']],
  ['a@x.org, B@x.org\na@x.org', ['a@x.org', 'b@x.org']],
  ['name,email\n"Ada Lovelace","ada@x.org"\n', ['ada@x.org']],
  ['Ada <ada@x.org>; Bob <bob@x.org>', ['ada@x.org', 'bob@x.org']],
  ['nobody', []],
])('the addresses in %j', (text, addresses) => expect(addressesIn(text)).toEqual(addresses))

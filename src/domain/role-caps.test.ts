import { expect, test } from 'vitest'
import { ROLE_CAPS_DEFAULT, type WorkspaceRole } from '../contract/common/permissions.ts'
import { exceededCap, type RoleHolder, withHolders } from './role-caps.ts'

const holders = (count: number, role: WorkspaceRole | null, isOrganizationAdmin = false): RoleHolder[] =>
  Array.from({ length: count }, (_, index) => ({ userId: `${role} ${index}`, role, isOrganizationAdmin }))
const newcomer = (role: WorkspaceRole | null, isOrganizationAdmin = false): RoleHolder[] => [
  { userId: 'newcomer', role, isOrganizationAdmin },
]

test.each([
  ['a fifth Admin', holders(4, 'admin'), newcomer('admin'), undefined],
  ['a sixth Admin', holders(5, 'admin'), newcomer('admin'), { role: 'admin', cap: 5, count: 6 }],
  ['a sixth Admin who administers the organization', holders(5, 'admin'), newcomer('admin', true), undefined],
  ['an Admin beside five who administer the organization', holders(5, 'admin', true), newcomer('admin'), undefined],
  ['a third Billing Manager', holders(2, 'billing_manager'), newcomer('billing_manager'), undefined],
  [
    'a fourth Billing Manager',
    holders(3, 'billing_manager'),
    newcomer('billing_manager'),
    { role: 'billing_manager', cap: 3, count: 4 },
  ],
  ['a Developer beside more Admins than allowed', holders(9, 'admin'), newcomer('developer'), undefined],
  ['a hundredth Developer', holders(99, 'developer'), newcomer('developer'), undefined],
  ['a custom role', holders(5, 'admin'), newcomer(null), undefined],
])('%s', (_name, before, changed, wanted) => {
  expect(exceededCap(ROLE_CAPS_DEFAULT, before, withHolders(before, changed))).toEqual(wanted)
})

test('the demotion of an administrator of the organization counts their explicit role', () => {
  const before = [...holders(5, 'admin'), ...newcomer('admin', true)]
  expect(exceededCap(ROLE_CAPS_DEFAULT, before, withHolders(before, newcomer('admin')))).toEqual({
    role: 'admin',
    cap: 5,
    count: 6,
  })
})

test('six who are Admins already may become five', () => {
  const before = holders(7, 'admin')
  expect(exceededCap(ROLE_CAPS_DEFAULT, before, before.slice(1))).toBeUndefined()
})

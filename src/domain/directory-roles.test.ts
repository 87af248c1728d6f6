import { expect, test } from 'vitest'
import { type GivenRole, highestRole, type Standing, standingAfter } from './directory-roles.ts'

const role = (workspace_role: GivenRole['workspace_role']): GivenRole => ({ workspace_role, custom_role_id: null })
const custom: GivenRole = { workspace_role: null, custom_role_id: 'c' }
const byHand = (own: GivenRole): Standing => ({ role: own, granted: null, own: null })

test('of several groups the highest role counts', () => {
  expect(highestRole(['developer', 'admin', 'developer'])).toBe('admin')
  expect(highestRole(['developer'])).toBe('developer')
  expect(highestRole([])).toBeUndefined()
})

test.each([
  ['nothing', undefined, 'developer', role('developer')],
  ['a lower role', byHand(role('viewer')), 'developer', role('developer')],
  ['the same role', byHand(role('developer')), 'developer', role('developer')],
  ['a higher role', byHand(role('admin')), 'developer', role('admin')],
  ['a custom role, which counts like a developer', byHand(custom), 'developer', custom],
  ['a custom role under an admin', byHand(custom), 'admin', role('admin')],
] as const)('granted over %s, the higher of both is in force', (_name, before, grant, inForce) => {
  expect(standingAfter(before, grant, false)).toEqual({ role: inForce, granted: grant, own: before?.role ?? null })
})

test('what was given by hand outlives any number of grants and comes back when they end', () => {
  const start = byHand(role('viewer'))
  const admin = standingAfter(standingAfter(start, 'developer', false), 'admin', false)
  expect(admin).toEqual({ role: role('admin'), granted: 'admin', own: role('viewer') })
  expect(standingAfter(admin, undefined, false)).toEqual(start)
})

test('where the directory was the only reason nothing is left, unless it is to be kept', () => {
  const granted = standingAfter(undefined, 'admin', false)
  expect(standingAfter(granted, undefined, false)).toBeUndefined()
  expect(standingAfter(granted, undefined, true)).toEqual(byHand(role('admin')))
})

test('who was never granted anything is left alone', () => {
  expect(standingAfter(byHand(custom), undefined, false)).toEqual(byHand(custom))
  expect(standingAfter(undefined, undefined, true)).toBeUndefined()
})

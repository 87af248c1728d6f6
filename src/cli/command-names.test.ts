import { expect, test } from 'vitest'
import type { Operation } from '../contract/operation.ts'
import { API_OPERATIONS, OPERATIONS, operationOf } from '../contract/operations.ts'
import { commandNames } from './command-names.ts'

const names = commandNames(Object.fromEntries(API_OPERATIONS.map((name) => [name, operationOf(name)])))
const spoken = (name: string) => `${names.get(name)?.group} ${names.get(name)?.command}`

test.each([
  ['listWorkspaces', 'workspaces list'],
  ['createWorkspace', 'workspaces create'],
  ['listWorkspaceMembers', 'members list'],
  ['bulkAddWorkspaceMembers', 'members bulk-add'],
  ['createKeys', 'keys create'],
  ['getCurrentKey', 'keys get-current'],
  ['verifyAuditLogs', 'audit verify'],
  ['listBYOKKeys', 'byok list-keys'],
  ['getUserActivity', 'analytics get-user-activity'],
  ['createAuthKeysCode', 'oauth create-auth-keys-code'],
  ['listOrganizationMembers', 'organization list-members'],
])('%s is said as %s', (name, words) => expect(spoken(name)).toBe(words))

test('no two operations are said alike, and all in small letters and hyphens', () => {
  const all = [...names.keys()].map(spoken)
  expect(new Set(all).size).toBe(all.length)
  for (const words of all) expect(words).toMatch(/^[a-z0-9-]+ [a-z0-9-]+$/)
})

test('where two would be said alike both keep all their words', () => {
  const operation = { ...OPERATIONS.getKey, tag: 'Things' } as Operation
  const clash = commandNames({ getThing: operation, getThings: operation })
  expect([...clash.values()].map(({ command }) => command)).toEqual(['get-thing', 'get-things'])
})

import { expect, test } from 'vitest'
import { applyChanges, type SnapshotTargets } from './apply-changes.ts'

test('a change of a provider reads again what its organization has, and nothing else', async () => {
  const read: string[] = []
  const targets = { refreshPrivate: async (organizationId: string) => void read.push(organizationId) }
  const changes = [
    { organizationId: 'org_a', kind: 'custom_provider', id: 'p1' },
    { organizationId: 'org_b', kind: 'of a newer version', id: 'x' },
  ]
  await applyChanges(targets as unknown as SnapshotTargets, changes)
  expect(read).toEqual(['org_a'])
})

test('an organization that is not readable fails the whole, so that the feed asks for it again', async () => {
  const targets = { refreshPrivate: async () => Promise.reject(new Error('the database is away')) }
  const changes = [{ organizationId: 'org_a', kind: 'custom_provider', id: 'p1' }]
  await expect(applyChanges(targets as unknown as SnapshotTargets, changes)).rejects.toThrow('away')
})

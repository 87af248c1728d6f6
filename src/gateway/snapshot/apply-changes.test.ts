import { expect, test } from 'vitest'
import { CatalogueViews } from '../../domain/catalogue-views.ts'
import { applyChanges, type SnapshotTargets } from './apply-changes.ts'
import { type KeySnapshot, Snapshot, type WorkspaceSnapshot } from './snapshot.ts'

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

test('what can be told no more one by one is read again whole: no key is kept, and no workspace that is gone', async () => {
  const snapshot = new Snapshot(new CatalogueViews({ priceVersion: 'none', models: new Map(), providers: [] }))
  const workspace = (id: string) => ({ id, organizationId: 'org' }) as WorkspaceSnapshot
  const key = (hash: string, organizationId: string) =>
    ({ hash, organizationId, retired: [] }) as unknown as KeySnapshot
  snapshot.putWorkspace(workspace('kept'))
  snapshot.putWorkspace(workspace('gone'))
  snapshot.putKey(key('ours', 'org'))
  snapshot.putKey(key('theirs', 'other'))
  const read: string[] = []
  const targets = {
    snapshot,
    keys: { forgetAll: () => void read.push('unknown keys') },
    loadWorkspace: async (id: string) => (id === 'gone' ? undefined : workspace(id)),
    loadOrganization: async (id: string) => ({
      organization: { id, allowedIps: null },
      workspaces: [workspace('new')],
    }),
    refreshPrivate: async () => void read.push('providers'),
    refreshByok: async () => void read.push('credentials'),
    refreshLimits: async (id: string) => void read.push(`limits of ${id}`),
    refreshCeiling: async () => void read.push('ceiling'),
    refreshGuardrails: async (_organizationId: string, id: string) => void read.push(`guardrails of ${id}`),
    refreshPresets: async (id: string) => void read.push(`presets of ${id}`),
  }
  const everything = { organizationId: 'org', kind: 'everything', id: 'org' }
  await applyChanges(targets as unknown as SnapshotTargets, [everything])
  expect(snapshot.workspacesOf('org').map(({ id }) => id)).toEqual(['kept', 'new'])
  expect([snapshot.findKey('ours'), snapshot.findKey('theirs')?.hash]).toEqual([undefined, 'theirs'])
  expect(read.toSorted()).toEqual([
    'ceiling',
    'credentials',
    'guardrails of gone',
    'guardrails of kept',
    'guardrails of new',
    'limits of gone',
    'limits of kept',
    'limits of new',
    'presets of gone',
    'presets of kept',
    'presets of new',
    'providers',
    'unknown keys',
  ])
})

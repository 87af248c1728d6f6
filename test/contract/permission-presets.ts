import type { Operation } from '../../src/contract/operation.ts'
import { newUuid } from '../../src/platform/ids.ts'
import { insertPreset, insertPresetVersion } from '../../src/store/queries/presets.ts'
import { toIso } from '../../src/store/schema.ts'
import type { Person, Place } from './permission-places.ts'
import type { TwoOrganizations } from './two-organizations.ts'

/** A preset in each place; of those in the own workspace one that each person made. */
export async function presets(
  { database, ours, theirs }: TwoOrganizations,
  users: ReadonlyMap<Person, string>,
  workspaceIds: Readonly<Record<Place, string>>,
) {
  const now = toIso(Date.now())
  const make = async (slug: string, workspace_id: string, more: { creator?: string; deleted_at?: string } = {}) => {
    const { creator = null, ...rest } = more
    const organization_id =
      workspace_id === theirs.workspaceId ? theirs.actor.organizationId : ours.actor.organizationId
    const times = { created_at: now, updated_at: now }
    const row = { id: newUuid(), organization_id, workspace_id, slug, name: slug, status: 'active' as const, ...times }
    await insertPreset(database.kysely, { ...row, creator_user_id: creator, ...rest })
    const version = {
      id: newUuid(),
      organization_id,
      workspace_id,
      preset_id: row.id,
      system_prompt: null,
      config: '{}',
    }
    await insertPresetVersion(database.kysely, { ...version, ...times, creator_id: creator ?? organization_id })
    return slug
  }
  const own = new Map<Person, string>()
  for (const [person, creator] of users) {
    if (person !== 'removed member')
      own.set(person, await make(creator.replace(/_/g, '-'), ours.workspaceId, { creator }))
  }
  const others: Record<Exclude<Place, 'own'>, string> = {
    colleague: await make('of-a-colleague', ours.workspaceId),
    'sibling workspace': await make('of-a-sibling', workspaceIds['sibling workspace']),
    'other organization': await make('of-others', theirs.workspaceId),
    deleted: await make('deleted', ours.workspaceId, { deleted_at: now }),
    unknown: 'unknown',
  }
  return {
    field: 'slug',
    isNamedBy: ({ path }: Operation) => path.startsWith('/api/v1/presets/{slug}'),
    ids: (place: Place, person: Person | undefined) => (place === 'own' ? person && own.get(person) : others[place]),
  }
}

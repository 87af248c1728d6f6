import type { Operation } from '../../src/contract/operation.ts'
import { newUuid } from '../../src/platform/ids.ts'
import { insertAlertChannel } from '../../src/store/queries/alert-channels.ts'
import { insertAlertRule } from '../../src/store/queries/alert-rules.ts'
import { insertAlert } from '../../src/store/queries/alerts.ts'
import { toIso } from '../../src/store/schema.ts'
import type { Person, Place } from './permission-places.ts'
import type { TwoOrganizations } from './two-organizations.ts'

interface Owned {
  organization_id: string
  workspace_id: string
  user_id: string | null
  deleted_at?: string
}

/** A rule, a channel and an alert in each place; of those in the own workspace one that is each person's own. */
export async function alertThings(
  { database, ours, theirs }: TwoOrganizations,
  users: ReadonlyMap<Person, string>,
  workspaceIds: Readonly<Record<Place, string>>,
) {
  const db = database.kysely
  const at = toIso(Date.now())
  const times = { created_at: at, updated_at: at, created_by: null }
  const makeRule = async (owned: Owned) => {
    const condition = JSON.stringify({ kind: 'budget', thresholds: [80] })
    const row = { id: newUuid(), name: 'rule', enabled: true, condition, recipients: [], channel_ids: [] }
    return (await insertAlertRule(db, { ...row, ...owned, ...times })).id
  }
  const makeChannel = async (owned: Owned) => {
    const row = { id: newUuid(), type: 'slack' as const, name: 'channel', enabled: true, destination: 'https://x.test' }
    const rest = { sealed_target: null, last_error: null, disabled_reason: null }
    return (await insertAlertChannel(db, { ...row, ...rest, ...owned, ...times })).id
  }
  const makeAlert = async ({ deleted_at: _none, ...owned }: Owned) => {
    const rule_id = await makeRule(owned)
    const subject = { subject_kind: 'workspace' as const, subject_id: owned.workspace_id, subject_name: 'W' }
    const told = { kind: 'budget' as const, occurrence: '80', message: 'm', details: '{}', created_at: at }
    const row = { id: newUuid(), rule_id, ...subject, ...told, acknowledged_by: null, ...owned }
    return (await insertAlert(db, row))?.id ?? ''
  }
  const { organizationId: organization_id } = ours.actor
  const named = async (path: string, make: (owned: Owned) => Promise<string>) => {
    const inWorkspace = (workspace_id: string, user_id: string | null = null) =>
      make({ organization_id, workspace_id, user_id })
    const own = new Map<Person, string>()
    for (const [person, userId] of users)
      if (person !== 'removed member') own.set(person, await inWorkspace(ours.workspaceId, userId))
    const place = { organization_id, workspace_id: ours.workspaceId, user_id: null }
    const others: Partial<Record<Place, string>> = {
      colleague: await inWorkspace(ours.workspaceId),
      'sibling workspace': await inWorkspace(workspaceIds['sibling workspace']),
      'other organization': await make({
        organization_id: theirs.actor.organizationId,
        workspace_id: theirs.workspaceId,
        user_id: null,
      }),
      unknown: workspaceIds.unknown,
      ...(make === makeAlert ? {} : { deleted: await make({ ...place, deleted_at: at }) }),
    }
    return {
      field: 'id',
      isNamedBy: (operation: Operation) => operation.path.startsWith(`/api/v1/${path}/{id}`),
      ids: (at: Place, person: Person | undefined) => (at === 'own' ? person && own.get(person) : others[at]),
    }
  }
  return [
    await named('alert-rules', makeRule),
    await named('alert-channels', makeChannel),
    await named('alerts', makeAlert),
  ]
}

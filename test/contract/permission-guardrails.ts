import type { Operation } from '../../src/contract/operation.ts'
import type { OperationName } from '../../src/contract/operations.ts'
import type { Actor } from '../../src/domain/actor.ts'
import type { Person, Place } from './permission-places.ts'
import { ORIGIN, type TwoOrganizations } from './two-organizations.ts'

/** Someone's own guardrails are those that apply to them. */
export async function guardrails(
  world: TwoOrganizations,
  users: ReadonlyMap<Person, string>,
  at: Readonly<Record<Place, string>>,
) {
  const { ours, theirs } = world
  const invoke = (name: OperationName, actor: Actor, input: object) => world.control.invoke(name, actor, input, ORIGIN)
  const make = async (workspace_id: string, actor: Actor = ours.actor) => {
    const made = await invoke('createGuardrail', actor, { name: 'guardrail', workspace_id })
    return (made as { data: { id: string } }).data.id
  }
  const own = new Map<Person, string>()
  for (const [person, userId] of users) {
    if (person === 'removed member') continue
    const id = await make(ours.workspaceId)
    // What an administrator of the organization assigns holds everywhere, and no Admin of a workspace may change it.
    const { organizationId } = ours.actor
    const admin: Actor = { kind: 'session', organizationId, sessionId: 'assigning', userId }
    await invoke('bulkAssignMembersToGuardrail', person === 'admin' ? admin : ours.actor, {
      id,
      member_user_ids: [userId],
    })
    own.set(person, id)
  }
  const deleted = await make(ours.workspaceId)
  await invoke('deleteGuardrail', ours.actor, { id: deleted })
  const others: Record<Exclude<Place, 'own'>, string> = {
    colleague: await make(ours.workspaceId),
    'sibling workspace': await make(at['sibling workspace']),
    'other organization': await make(theirs.workspaceId, theirs.actor),
    deleted,
    unknown: at.unknown,
  }
  return {
    field: 'id',
    isNamedBy: ({ path }: Operation) => path.startsWith('/api/v1/guardrails/{id}'),
    ids: (place: Place, person: Person | undefined) => (place === 'own' ? person && own.get(person) : others[place]),
  }
}

/** Phrases belong to the organization: whoever may see one may see all, whoever made it. */
export async function phrases({ control, ours, theirs }: TwoOrganizations, at: Readonly<Record<Place, string>>) {
  const make = async (actor: Actor, phrase: string) => {
    const made = await control.invoke('createPromptInjectionPhrase', actor, { phrase }, ORIGIN)
    return (made as { data: { id: string } }).data.id
  }
  const own = await make(ours.actor, 'own phrase')
  const deleted = await make(ours.actor, 'deleted phrase')
  await control.invoke('deletePromptInjectionPhrase', ours.actor, { id: deleted }, ORIGIN)
  const ids: Partial<Record<Place, string>> = {
    own,
    colleague: own,
    'other organization': await make(theirs.actor, 'other phrase'),
    deleted,
    unknown: at.unknown,
  }
  return {
    field: 'id',
    isNamedBy: ({ path }: Operation) => path.startsWith('/api/v1/organization/prompt-injection-phrases/{id}'),
    ids: (place: Place) => ids[place],
  }
}

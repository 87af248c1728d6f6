import { jsonSchemaOf } from '../../src/contract/openapi.ts'
import { type Operation, pathKeys } from '../../src/contract/operation.ts'
import type { OperationName } from '../../src/contract/operations.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { toIso } from '../../src/store/schema.ts'
import { alertThings } from './permission-alerts.ts'
import type { ColumnName } from './permission-columns.ts'
import { makeCredentials } from './permission-credentials.ts'
import { makeGenerations } from './permission-generations.ts'
import { guardrails, phrases } from './permission-guardrails.ts'
import { invoices } from './permission-invoices.ts'
import { leases } from './permission-leases.ts'
import { makeCustomProviders, makeCustomRoles, makeInvitations, makeTarget } from './permission-organization-things.ts'
import { makePeople } from './permission-people.ts'
import { MALFORMED, type Person, type Place } from './permission-places.ts'
import { presets } from './permission-presets.ts'
import { makeInEachPlace, WORKSPACE_THINGS } from './permission-workspace-things.ts'
import { SAMPLE_GROUP_ID } from './sample-input.ts'
import { makeTwoOrganizations, ORIGIN, type TwoOrganizations } from './two-organizations.ts'

const UNKNOWN_ID = '00000000-0000-4000-8000-000000000000'
const NAMES_A_WORKSPACE = '/api/v1/workspaces/{id}'

type Ids = (place: Place, person: Person | undefined) => string | undefined

/** How operations name a thing: the input field, and the operations whose paths begin so. */
interface Named {
  field: string
  isNamedBy: (operation: Operation) => boolean
  ids: Ids
  /** Further fields that the operation's path needs. */
  beside?: (place: Place) => Readonly<Record<string, string>>
}

export interface World extends TwoOrganizations {
  /** What each caller sends to be known. */
  credentials: Readonly<Record<ColumnName, Headers>>
  /** The input fields that make an operation mean a thing in a place; undefined when it names none. */
  targetOf(
    name: OperationName,
    operation: Operation,
  ): ((place: Place | 'malformed', person: Person | undefined) => Record<string, string> | undefined) | undefined
}

/** One organization with a person of each role in one workspace, and things to act upon in every place. */
export async function makeWorld(): Promise<World> {
  const base = await makeTwoOrganizations()
  const users = await makePeople(base)
  const named: Named[] = [
    ...(await members(base)),
    await workspaces(base, users),
    await keys(base, users),
    await guardrails(base, users, await workspaceIds(base)),
    await phrases(base, await workspaceIds(base)),
    ...(await customRoles(base)),
    await customProviders(base),
    ...(await workspaceThings(base)),
    await invitations(base),
    await presets(base, users, await workspaceIds(base)),
    ...(await directoryThings(base)),
    await workspaceField(base),
    await auditEntries(base),
    await destinations(base),
    ...(await alertThings(base, users, await workspaceIds(base))),
    await purchases(base),
    ...(await makeGenerations(base, users, await workspaceIds(base))),
    await invoices(base, await workspaceIds(base)),
    await leases(base),
  ]
  return {
    ...base,
    credentials: await makeCredentials(base, users),
    targetOf: (_name, operation) => {
      const target = named.find((candidate) => candidate.isNamedBy(operation))
      if (target === undefined) return undefined
      return (place, person) => {
        if (place === 'malformed') return malformed(target, operation)
        const id = target.ids(place, person)
        return id === undefined ? undefined : { ...target.beside?.(place), [target.field]: id }
      }
    },
  }
}

/** Only what is looked up by its name in the path; the presets that are made by it have rules for it. */
function malformed({ field, beside }: Named, { path, method }: Operation): Record<string, string> | undefined {
  const isNew = method === 'POST' && path.startsWith('/api/v1/presets/')
  return pathKeys(path).includes(field) && !isNew ? { ...beside?.('own'), [field]: MALFORMED } : undefined
}

type Users = ReadonlyMap<Person, string>

async function create(
  world: TwoOrganizations,
  name: OperationName,
  input: object,
  actor: Actor = world.ours.actor,
): Promise<Record<string, string>> {
  const { data } = (await world.control.invoke(name, actor, input, ORIGIN)) as { data: Record<string, string> }
  return data
}

async function workspaceThings(world: TwoOrganizations): Promise<Named[]> {
  const named: Named[] = []
  for (const thing of WORKSPACE_THINGS) {
    const at = await makeInEachPlace(world, thing, await workspaceIds(world))
    named.push({ field: 'id', isNamedBy: ({ path }) => path.startsWith(thing.path), ids: (place) => at[place] })
  }
  return named
}

async function workspaces(world: TwoOrganizations, users: Users): Promise<Named> {
  const at = await workspaceIds(world)
  for (const [id, { actor }] of [
    [at.own, world.ours],
    [at['sibling workspace'], world.ours],
    [at['other organization'], world.theirs],
  ] as const) {
    await world.control.invoke('upsertWorkspaceBudget', actor, { id, interval: 'monthly', limit_usd: 9 }, ORIGIN)
    await world.control.invoke('createProject', actor, { id, slug: 'sample-slug', name: 'Sample' }, ORIGIN)
    const budget = { id, slug: 'sample-slug', interval: 'monthly', limit_usd: 9 }
    await world.control.invoke('upsertProjectBudget', actor, budget, ORIGIN)
  }
  const lead = { id: at.own, slug: 'sample-slug', lead_user_ids: [users.get('project lead')] }
  await world.control.invoke('updateProject', world.ours.actor, lead, ORIGIN)
  return { field: 'id', isNamedBy: ({ path }) => path.startsWith(NAMES_A_WORKSPACE), ids: (place) => at[place] }
}

/** People who can be acted upon, in a workspace and in the organization. */
async function members(world: TwoOrganizations): Promise<Named[]> {
  const { ours, theirs } = world
  const at = await workspaceIds(world)
  const target = await makeTarget(world, ours.actor.organizationId, [ours.workspaceId, at['sibling workspace']])
  const stranger = await makeTarget(world, theirs.actor.organizationId, [theirs.workspaceId])
  const places: Partial<Record<Place, string>> = {
    own: target,
    colleague: target,
    'other organization': stranger,
    deleted: 'user_removed_member',
    unknown: 'user_unknown',
  }
  return [
    {
      field: 'id',
      isNamedBy: ({ path }) => path === '/api/v1/workspaces/{id}/members/{user_id}',
      ids: (place) => at[place],
      beside: (place) => ({ user_id: place === 'other organization' ? stranger : target }),
    },
    {
      field: 'id',
      isNamedBy: ({ path }) => path === '/api/v1/organization/members/{id}',
      ids: (place) => places[place],
    },
  ]
}

async function customRoles(world: TwoOrganizations): Promise<Named[]> {
  const at: Partial<Record<Place, string>> = await makeCustomRoles(world, UNKNOWN_ID)
  const ids: Ids = (place) => at[place]
  return [
    { field: 'id', isNamedBy: ({ path }) => path === '/api/v1/organization/custom-roles/{id}', ids },
    { field: 'role', isNamedBy: ({ path }) => path === '/api/v1/organization/role-templates/{role}', ids },
  ]
}

async function customProviders(world: TwoOrganizations): Promise<Named> {
  const at: Partial<Record<Place, string>> = await makeCustomProviders(world, UNKNOWN_ID)
  return {
    field: 'id',
    isNamedBy: ({ path }) => path === '/api/v1/providers/custom/{id}',
    ids: (place) => at[place],
  }
}

async function invitations(world: TwoOrganizations): Promise<Named> {
  const at = await workspaceIds(world)
  const ids: Partial<Record<Place, string>> = await makeInvitations(world, { sibling: at['sibling workspace'] })
  return {
    field: 'id',
    isNamedBy: ({ path }) => path.startsWith('/api/v1/organization/invitations/{id}'),
    ids: (place) => (place === 'unknown' ? UNKNOWN_ID : ids[place]),
  }
}

/** Operations that take the workspace as a field and name nothing in their path. */
async function workspaceField(world: TwoOrganizations): Promise<Named> {
  const at = await workspaceIds(world)
  const takesWorkspace = (operation: Operation) =>
    'workspace_id' in ((jsonSchemaOf(operation.input, 'input') as { properties?: object }).properties ?? {})
  return {
    field: 'workspace_id',
    isNamedBy: (operation) => !operation.path.includes('{') && takesWorkspace(operation),
    // Nothing in it is anybody's yet.
    ids: (place) => (place === 'colleague' ? undefined : at[place]),
  }
}

const madeWorkspaces = new WeakMap<TwoOrganizations, Promise<Record<Place, string>>>()

function workspaceIds(world: TwoOrganizations): Promise<Record<Place, string>> {
  const known = madeWorkspaces.get(world)
  if (known) return known
  const made = makeWorkspaces(world)
  madeWorkspaces.set(world, made)
  return made
}

async function makeWorkspaces(world: TwoOrganizations): Promise<Record<Place, string>> {
  const sibling = await create(world, 'createWorkspace', { name: 'Sibling', slug: 'sibling' })
  const deleted = await create(world, 'createWorkspace', { name: 'Gone', slug: 'gone' })
  await world.control.invoke('deleteWorkspace', world.ours.actor, { id: deleted['id'] }, ORIGIN)
  const { ours, theirs } = world
  return {
    own: ours.workspaceId,
    colleague: ours.workspaceId,
    'sibling workspace': sibling['id'] ?? '',
    'other organization': theirs.workspaceId,
    deleted: deleted['id'] ?? '',
    unknown: UNKNOWN_ID,
  }
}

async function keys(world: TwoOrganizations, users: Users): Promise<Named> {
  const { ours, theirs } = world
  const at = await workspaceIds(world)
  const make = async (workspace_id: string, creator?: string) =>
    (
      await create(world, 'createKeys', { name: 'key', workspace_id, ...(creator ? { creator_user_id: creator } : {}) })
    )['hash'] ?? ''
  const own = new Map<Person, string>()
  for (const [person, userId] of users)
    if (person !== 'removed member') own.set(person, await make(ours.workspaceId, userId))
  const deleted = await make(ours.workspaceId)
  await world.control.invoke('deleteKeys', ours.actor, { hash: deleted }, ORIGIN)
  const others: Record<Exclude<Place, 'own'>, string> = {
    colleague: await make(ours.workspaceId),
    'sibling workspace': await make(at['sibling workspace']),
    'other organization': theirs.keyHash,
    deleted,
    unknown: '0'.repeat(64),
  }
  return {
    field: 'hash',
    isNamedBy: ({ path }) => path.startsWith('/api/v1/keys/{hash}'),
    ids: (place, person) => (place === 'own' ? person && own.get(person) : others[place]),
  }
}

async function purchases(world: TwoOrganizations): Promise<Named> {
  const at = await workspaceIds(world)
  const make = async (workspace_id: string, actor?: Actor) =>
    (await create(world, 'createCreditPurchase', { amount_usd: 5, workspace_id }, actor))['id'] ?? ''
  const own = await make(at.own)
  const ids: Partial<Record<Place, string>> = {
    own,
    colleague: own,
    'sibling workspace': await make(at['sibling workspace']),
    'other organization': await make(at['other organization'], world.theirs.actor),
    unknown: UNKNOWN_ID,
  }
  return {
    field: 'id',
    isNamedBy: ({ path }) => path.startsWith('/api/v1/credits/purchases/{id}'),
    ids: (place) => ids[place],
  }
}

/** Rows that were written about workspaces, none of which anybody owns or deletes. */
async function auditEntries(world: TwoOrganizations): Promise<Named> {
  const at = await workspaceIds(world)
  const entryOf = async (workspaceId: string) => {
    const { kysely } = world.database
    const rows = kysely.selectFrom('audit_log').select('id').where('workspace_id', '=', workspaceId)
    return (await rows.executeTakeFirstOrThrow()).id
  }
  const own = await entryOf(at.own)
  const others: Partial<Record<Place, string>> = {
    'sibling workspace': await entryOf(at['sibling workspace']),
    'other organization': await entryOf(at['other organization']),
    unknown: UNKNOWN_ID,
  }
  return {
    field: 'id',
    isNamedBy: ({ path }) => path.startsWith('/api/v1/audit-logs/{id}'),
    ids: (place) => (place === 'own' || place === 'colleague' ? own : others[place]),
  }
}

async function destinations(world: TwoOrganizations): Promise<Named> {
  const at = await workspaceIds(world)
  const make = async (workspace_id: string, actor?: Actor) => {
    const input = { type: 'webhook', name: 'hook', config: { url: 'https://hook.example.test' }, workspace_id }
    return (await create(world, 'createObservabilityDestination', input, actor))['id'] ?? ''
  }
  const deleted = await make(at.own)
  await world.control.invoke('deleteObservabilityDestination', world.ours.actor, { id: deleted }, ORIGIN)
  const own = await make(at.own)
  const ids: Record<Place, string> = {
    own,
    colleague: own,
    'sibling workspace': await make(at['sibling workspace']),
    'other organization': await make(at['other organization'], world.theirs.actor),
    deleted,
    unknown: UNKNOWN_ID,
  }
  return {
    field: 'id',
    isNamedBy: ({ path }) => path.startsWith('/api/v1/observability/destinations/{id}'),
    ids: (place) => ids[place],
  }
}

/** What a directory has pushed: of the organization as a whole, so nobody's own and in no workspace. */
async function directoryThings(world: TwoOrganizations): Promise<Named[]> {
  const places = await workspaceIds(world)
  const make = async (actor: Actor, workspaceId: string) => {
    const invoke = async (name: OperationName, input: object) =>
      (await world.control.invoke(name, actor, input, ORIGIN)) as { id: string; data: { id: string } }
    const group = await invoke('createDirectoryGroup', { group: { displayName: 'Group' } })
    const mapping = { scim_group_id: group.id, workspace_id: workspaceId, role: 'member' }
    const userName = `${actor.kind === 'anonymous' ? '' : actor.organizationId}@directory.example.test`
    return {
      '/scim/v2/Users/': (await invoke('createDirectoryUser', { user: { userName } })).id,
      '/scim/v2/Groups/': group.id,
      '/api/v1/scim/group-mappings/': (await invoke('createScimGroupMapping', mapping)).data.id,
      '/api/v1/scim/tokens/': (await invoke('createScimToken', { name: 'token' })).data.id,
      '/api/v1/scim/sync-jobs/': (await invoke('createScimSyncJob', {})).data.id,
    }
  }
  const at = toIso(Date.now())
  const { organizationId: organization_id } = world.ours.actor
  const sample = { id: SAMPLE_GROUP_ID, organization_id, display_name: 'Sample', created_at: at, updated_at: at }
  await world.database.kysely
    .insertInto('scim_group')
    .values({ ...sample, external_id: null })
    .execute()
  const ours = await make(world.ours.actor, world.ours.workspaceId)
  const theirs = await make(world.theirs.actor, world.theirs.workspaceId)
  const newMapping: Named = {
    field: 'workspace_id',
    isNamedBy: ({ id }) => id === 'createScimGroupMapping',
    ids: (place) => (place === 'colleague' ? undefined : places[place]),
    beside: (place) => ({
      scim_group_id: place === 'other organization' ? theirs['/scim/v2/Groups/'] : SAMPLE_GROUP_ID,
    }),
  }
  const things = Object.entries(ours).map(
    ([path, own]): Named => ({
      field: 'id',
      isNamedBy: (operation) => operation.path.startsWith(`${path}{id}`),
      ids: (place) =>
        ({ own, 'other organization': theirs[path as keyof typeof theirs], unknown: UNKNOWN_ID })[place as string],
    }),
  )
  return [newMapping, ...things]
}

import {
  type CUSTOM_PROVIDER_OPERATIONS,
  CUSTOM_PROVIDER_PAGE_MAX,
  CUSTOM_PROVIDERS_MAX,
} from '../../contract/management/custom-providers.ts'
import type { HandlerOf, InputOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { priceWarnings } from '../../domain/described-model.ts'
import { providerAddressProblem } from '../../domain/egress.ts'
import { newUuid } from '../../platform/ids.ts'
import { placeOfProviderKey } from '../../store/load-custom-providers.ts'
import { countByokKeysFor } from '../../store/queries/byok.ts'
import {
  type CustomProviderRow,
  countCustomProviders,
  getCustomProviderRow,
  insertCustomProvider,
  listCustomProviderRows,
  listProviderNames,
  updateCustomProviderRow,
} from '../../store/queries/custom-providers.ts'
import { findLiveWorkspaces } from '../../store/queries/workspaces.ts'
import { toIso } from '../../store/schema.ts'
import { requireInOrganization } from '../access.ts'
import { labelOf } from '../byok/byok-wire.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { customProviderToWire } from './custom-provider-wire.ts'

type Operations = typeof CUSTOM_PROVIDER_OPERATIONS
type Handler<Name extends keyof Operations> = HandlerOf<Operations[Name], ControlContext>
type Settings = Omit<InputOf<Operations['updateCustomProvider']>, 'id'>

const RESOURCE = 'custom_provider'
const NO_KEY = { key_label: null, sealed_key: null }
/** Without a word about it the careful answer holds, as in the file of providers. */
const CAREFUL = { may_train: true, retains_prompts: true, data_region: 'global' } as const

export const handleListCustomProviders: Handler<'listCustomProviders'> = async (input, context) => {
  requireInOrganization(context, 'custom-provider:read')
  const page = { offset: input.offset ?? 0, limit: input.limit ?? CUSTOM_PROVIDER_PAGE_MAX }
  const { rows, total } = await listCustomProviderRows(context.tx, organizationOf(context), page)
  return { data: rows.map(customProviderToWire), total_count: total }
}

export const handleGetCustomProvider: Handler<'getCustomProvider'> = async (input, context) => {
  requireInOrganization(context, 'custom-provider:read')
  return { data: customProviderToWire(await getCustomProviderRow(context.tx, organizationOf(context), input.id)) }
}

export const handleCreateCustomProvider: Handler<'createCustomProvider'> = async (input, context) => {
  requireInOrganization(context, 'custom-provider:write')
  await requireRoom(context)
  await requireFreeNames({ id: null, slug: input.slug, name: input.name ?? input.slug }, context)
  await requireNobodysCredentials('slug', input.slug, context)
  const { slug, base_url, models, dialect = 'openai-chat', ...settings } = input
  const id = newUuid()
  const row = await insertCustomProvider(context.tx, {
    id,
    organization_id: organizationOf(context),
    slug,
    name: slug,
    dialect,
    base_url: requireReachable(base_url, context),
    models: JSON.stringify(models),
    ...CAREFUL,
    created_at: toIso(context.now),
    created_by: context.access.userId,
    ...(await columnsOf(id, settings, context)),
  })
  context.changed('custom_provider', id)
  const data = customProviderToWire(row)
  context.audit({ resource: RESOURCE, id, workspaceId: null, after: data })
  return { data, ...warningsOf(row) }
}

export const handleUpdateCustomProvider: Handler<'updateCustomProvider'> = async (input, context) => {
  requireInOrganization(context, 'custom-provider:write')
  const { id: ref, ...settings } = input
  const current = await getCustomProviderRow(context.tx, organizationOf(context), ref)
  requireKeyStaysHome(current, settings)
  if (leadsElsewhere(current, settings)) await requireNobodysCredentials('base_url', current.slug, context)
  await requireFreeNames({ ...current, name: settings.name ?? current.name }, context)
  const row = await updateCustomProviderRow(context.tx, current.id, {
    ...(await columnsOf(current.id, settings, context)),
    updated_at: toIso(context.now),
  })
  context.changed('custom_provider', row.id)
  const data = customProviderToWire(row)
  // That the secret was replaced is told, and nothing of it.
  const after = settings.api_key ? { ...data, is_key_replaced: true } : data
  context.audit({ resource: RESOURCE, id: row.id, workspaceId: null, before: customProviderToWire(current), after })
  return { data, ...warningsOf(row) }
}

export const handleDeleteCustomProvider: Handler<'deleteCustomProvider'> = async (input, context) => {
  requireInOrganization(context, 'custom-provider:write')
  const row = await getCustomProviderRow(context.tx, organizationOf(context), input.id)
  await updateCustomProviderRow(context.tx, row.id, { ...NO_KEY, deleted_at: toIso(context.now) })
  context.changed('custom_provider', row.id)
  context.audit({ resource: RESOURCE, id: row.id, workspaceId: null, before: customProviderToWire(row) })
  return { deleted: true }
}

async function requireRoom(context: ControlContext): Promise<void> {
  const count = await countCustomProviders(context.tx, organizationOf(context))
  if (count < CUSTOM_PROVIDERS_MAX) return
  throw new AppError(
    'invalid_request',
    `slug: the organization has ${count} providers of its own, and may have no more`,
  )
}

/** Preferences and guardrails take slug and name for the same, whatever the case, so that no two providers may share one.
 *  `id` is null for one that is to be. */
async function requireFreeNames(
  { id, slug, name }: { id: string | null; slug: string; name: string },
  context: ControlContext,
): Promise<void> {
  const shared = context.catalogue.providers.filter(({ visibility }) => visibility === null)
  const others = [...shared, ...(await listProviderNames(context.tx, organizationOf(context), id))]
  const taken = new Set(others.flatMap((other) => [other.slug, other.name.toLowerCase()]))
  if (taken.has(slug)) throw new AppError('conflict', `slug: another provider is called "${slug}" already`)
  if (taken.has(name.toLowerCase()))
    throw new AppError('conflict', `name: another provider is called "${name}" already`)
}

function requireReachable(baseUrl: string, { outside }: ControlContext): string {
  const problem = providerAddressProblem(baseUrl, outside.egress)
  if (problem !== undefined) throw new AppError('invalid_request', `base_url: ${problem}`)
  return baseUrl
}

/** Who may change an address must not learn a credential by having it sent there. */
function requireKeyStaysHome(current: CustomProviderRow, settings: Settings): void {
  if (settings.api_key !== undefined || current.sealed_key === null || !leadsElsewhere(current, settings)) return
  throw new AppError('invalid_request', 'api_key: required, because base_url leads somewhere else than before')
}

function leadsElsewhere(current: CustomProviderRow, { base_url }: Settings): boolean {
  return base_url !== undefined && new URL(base_url).origin !== new URL(current.base_url).origin
}

/** What workspaces brought for a provider of this name was given for where it was then, or for one known by that name. */
async function requireNobodysCredentials(field: string, slug: string, context: ControlContext): Promise<void> {
  const count = await countByokKeysFor(context.tx, organizationOf(context), slug)
  if (count === 0) return
  const message = `${field}: ${count} BYOK keys for "${slug}" would be sent to an address that they were not given for; delete them first`
  throw new AppError('conflict', message)
}

function warningsOf({ models }: CustomProviderRow): { warnings?: string[] } {
  const warnings = models.flatMap((model) => priceWarnings(model).map((warning) => `model ${model.id}: ${warning}`))
  return warnings.length > 0 ? { warnings } : {}
}

/** The columns of the settings that were given, checked. */
async function columnsOf(id: string, settings: Settings, context: ControlContext) {
  const { api_key, base_url, data_policy, models, workspace_ids, ...plain } = settings
  const policy = data_policy && { may_train: data_policy.training, retains_prompts: data_policy.retains_prompts }
  const given = Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined))
  return {
    ...(given as { [Name in keyof typeof plain]?: Exclude<(typeof plain)[Name], undefined> }),
    ...(base_url === undefined ? {} : { base_url: requireReachable(base_url, context) }),
    ...(models === undefined ? {} : { models: JSON.stringify(models) }),
    ...policy,
    ...(workspace_ids === undefined ? {} : { workspace_ids: await requireWorkspaces(workspace_ids, context) }),
    ...(await keyColumnsOf(id, api_key, context)),
  }
}

async function keyColumnsOf(id: string, secret: string | null | undefined, context: ControlContext) {
  if (secret === undefined) return {}
  if (secret === null) return NO_KEY
  return { key_label: labelOf(secret), sealed_key: await context.seal(placeOfProviderKey(id), secret) }
}

/** Each once. */
async function requireWorkspaces(ids: readonly string[] | null, context: ControlContext): Promise<string[] | null> {
  if (ids === null) return null
  const wanted = [...new Set(ids.map((id) => id.toLowerCase()))]
  const found = new Set((await findLiveWorkspaces(context.tx, organizationOf(context), wanted)).map(({ id }) => id))
  const unknown = wanted.find((id) => !found.has(id))
  if (unknown === undefined) return wanted
  throw new AppError('invalid_request', `workspace_ids: ${unknown} is not a workspace of this organization`)
}

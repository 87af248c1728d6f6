import { PROVIDER_SLUGS } from '../../contract/common/provider-slugs.ts'
import type { BYOK_OPERATIONS } from '../../contract/management/byok.ts'
import type { HandlerOf, InputOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { azureCredentialProblem, readAzureDeployments } from '../../domain/azure-credential.ts'
import { AZURE } from '../../domain/byok.ts'
import { providerAddressProblem } from '../../domain/egress.ts'
import { newUuid } from '../../platform/ids.ts'
import { placeOfByokKey } from '../../store/load-byok.ts'
import {
  type ByokKeyRow,
  getByokKeyRow,
  insertByokKey,
  listByokKeyRows,
  nextByokSortOrder,
  updateByokKeyRow,
} from '../../store/queries/byok.ts'
import { findOrganizationRoles } from '../../store/queries/members.ts'
import { findKeyIds, findKeyNames } from '../../store/queries/names.ts'
import { toIso } from '../../store/schema.ts'
import { requireIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { workspaceIdOf } from '../keys/read-keys.ts'
import { toPage } from '../page.ts'
import { byokKeyToWire, labelOf } from './byok-wire.ts'

type Operations = typeof BYOK_OPERATIONS
type Handler<Name extends keyof Operations> = HandlerOf<Operations[Name], ControlContext>
type Settings = Partial<Pick<InputOf<Operations['updateBYOKKey']>, (typeof SETTINGS)[number]>>

const WHAT = 'BYOK key'
const SETTINGS = [
  'name',
  'disabled',
  'is_fallback',
  'is_required',
  'is_byok_only',
  'declared_zdr',
  'allowed_models',
  'allowed_user_ids',
  'base_url',
] as const

export const handleListByokKeys: Handler<'listBYOKKeys'> = async (input, context) => {
  const workspaceId = await workspaceIdOf(input.workspace_id, context)
  requireIn(context, 'byok:read', { workspaceId }, 'Workspace')
  const filter = { ...toPage(input), workspaceId, provider: input.provider }
  const { rows, total } = await listByokKeyRows(context.tx, organizationOf(context), filter)
  const keys = await allowedKeys(rows, context)
  return { data: rows.map((row) => byokKeyToWire(row, keys)), total_count: total }
}

export const handleGetByokKey: Handler<'getBYOKKey'> = async (input, context) => {
  const row = await getByokKeyRow(context.tx, organizationOf(context), input.id)
  requireIn(context, 'byok:read', { workspaceId: row.workspace_id }, WHAT)
  return { data: byokKeyToWire(row, await allowedKeys([row], context)) }
}

export const handleCreateByokKey: Handler<'createBYOKKey'> = async (input, context) => {
  const organizationId = organizationOf(context)
  const workspaceId = input.workspace_id === null ? null : await workspaceIdOf(input.workspace_id, context)
  requireIn(context, 'byok:write', { workspaceId }, 'Workspace')
  requireProvider(input.provider, context)
  requireSensible(input)
  requireGoodSecret(input.provider, input, context)
  const id = newUuid()
  const row = await insertByokKey(context.tx, {
    id,
    organization_id: organizationId,
    workspace_id: workspaceId,
    provider: input.provider,
    label: labelOf(input.key),
    sealed_key: await context.seal(placeOfByokKey(id), input.key),
    sort_order: await nextByokSortOrder(context.tx, { organizationId, workspaceId, provider: input.provider }),
    name: null,
    declared_zdr: null,
    base_url: null,
    allowed_models: null,
    allowed_user_ids: null,
    created_at: toIso(context.now),
    created_by: context.access.userId,
    ...(await settingsOf(input, context)),
    allowed_key_ids: (await keyIdsOf(input.allowed_api_key_hashes, context)) ?? null,
  })
  context.changed('byok_key', id)
  const data = byokKeyToWire(row, await allowedKeys([row], context))
  context.audit({ resource: 'byok_key', id, workspaceId, after: data })
  return { data }
}

export const handleUpdateByokKey: Handler<'updateBYOKKey'> = async (input, context) => {
  const current = await getByokKeyRow(context.tx, organizationOf(context), input.id)
  requireIn(context, 'byok:write', { workspaceId: current.workspace_id }, WHAT)
  requireSensible({ ...current, ...withoutUndefined(input) })
  requireKeyStaysHome(current, input)
  requireGoodSecret(current.provider, input, context)
  const keyIds = await keyIdsOf(input.allowed_api_key_hashes, context)
  const row = await updateByokKeyRow(context.tx, current.id, {
    ...(await settingsOf(input, context)),
    ...(keyIds === undefined ? {} : { allowed_key_ids: keyIds }),
    ...(input.sort_order === undefined ? {} : { sort_order: input.sort_order }),
    ...(input.key === undefined
      ? {}
      : { label: labelOf(input.key), sealed_key: await context.seal(placeOfByokKey(current.id), input.key) }),
    updated_at: toIso(context.now),
  })
  context.changed('byok_key', row.id)
  const keys = await allowedKeys([current, row], context)
  const before = byokKeyToWire(current, keys)
  const data = byokKeyToWire(row, keys)
  // That the secret was replaced is told, and nothing of it.
  const after = input.key === undefined ? data : { ...data, is_key_replaced: true }
  context.audit({ resource: 'byok_key', id: row.id, workspaceId: row.workspace_id, before, after })
  return { data }
}

export const handleDeleteByokKey: Handler<'deleteBYOKKey'> = async (input, context) => {
  const row = await getByokKeyRow(context.tx, organizationOf(context), input.id)
  requireIn(context, 'byok:write', { workspaceId: row.workspace_id }, WHAT)
  await updateByokKeyRow(context.tx, row.id, { deleted_at: toIso(context.now), sealed_key: null })
  context.changed('byok_key', row.id)
  const before = byokKeyToWire(row, await allowedKeys([row], context))
  context.audit({ resource: 'byok_key', id: row.id, workspaceId: row.workspace_id, before })
  return { deleted: true }
}

/** The API keys that the credentials are restricted to, deleted ones included. */
async function allowedKeys(rows: readonly ByokKeyRow[], context: ControlContext) {
  const ids = rows.flatMap(({ allowed_key_ids }) => allowed_key_ids ?? [])
  return await findKeyNames(context.tx, organizationOf(context), ids)
}

function requireProvider(slug: string, { catalogue }: ControlContext): void {
  if (PROVIDER_SLUGS.includes(slug) || catalogue.providers.some((provider) => provider.slug === slug)) return
  throw new AppError('invalid_request', `provider: "${slug}" is not a known provider`)
}

/** A fallback comes after the installation's own capacity, so it can't also take that capacity's place. */
function requireSensible(
  key: Partial<Record<'is_fallback' | 'is_required' | 'is_byok_only', boolean | undefined>>,
): void {
  if (!key.is_fallback) return
  for (const name of ['is_required', 'is_byok_only'] as const) {
    if (key[name]) throw new AppError('invalid_request', `${name}: not for a credential that is a fallback`)
  }
}

/** A list of deployments says itself where each of them is. */
function requireGoodSecret(
  provider: string,
  { base_url, key }: { base_url?: string | null | undefined; key?: string | undefined },
  { outside }: ControlContext,
): void {
  if (provider !== AZURE || key === undefined) return
  const deployments = readAzureDeployments(key)
  const problem =
    azureCredentialProblem(key) ??
    deployments?.map(({ baseUrl }) => providerAddressProblem(baseUrl, outside.egress)).find((one) => one !== undefined)
  if (problem !== undefined) throw new AppError('invalid_request', `key: ${problem}`)
  if (deployments !== null && base_url)
    throw new AppError('invalid_request', 'base_url: not for a credential that names its deployments')
}

/** Who may change an address must not learn a credential by having it sent there. */
function requireKeyStaysHome(current: ByokKeyRow, { base_url, key }: InputOf<Operations['updateBYOKKey']>): void {
  if (base_url === undefined || key !== undefined || base_url === current.base_url) return
  if (base_url && current.base_url !== null && new URL(base_url).origin === new URL(current.base_url).origin) return
  throw new AppError('invalid_request', 'key: required, because base_url leads somewhere else than before')
}

/** The settings that were given, checked. */
async function settingsOf(input: Settings, context: ControlContext): Promise<Given<Settings>> {
  const given: Settings = Object.fromEntries(SETTINGS.map((name) => [name, input[name]]))
  const problem = input.base_url ? providerAddressProblem(input.base_url, context.outside.egress) : undefined
  if (problem !== undefined) throw new AppError('invalid_request', `base_url: ${problem}`)
  const userIds = input.allowed_user_ids ?? []
  const roles = await findOrganizationRoles(context.tx, organizationOf(context), userIds)
  const stranger = userIds.find((id) => !roles.has(id))
  if (stranger !== undefined)
    throw new AppError('invalid_request', `allowed_user_ids: ${stranger} is not a member of the organization`)
  return withoutUndefined(given)
}

async function keyIdsOf(
  hashes: string[] | null | undefined,
  context: ControlContext,
): Promise<bigint[] | null | undefined> {
  if (hashes === null || hashes === undefined) return hashes
  const ids = await findKeyIds(context.tx, organizationOf(context), hashes, { deleted: false })
  const unknown = hashes.find((hash) => !ids.has(hash))
  if (unknown !== undefined)
    throw new AppError('invalid_request', `allowed_api_key_hashes: ${unknown} is not a key of this organization`)
  return [...new Set(hashes)].flatMap((hash) => ids.get(hash) ?? [])
}

type Given<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> }

function withoutUndefined<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>
}

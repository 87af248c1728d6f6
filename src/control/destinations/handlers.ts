import type { DESTINATION_OPERATIONS, DestinationWire } from '../../contract/management/destinations.ts'
import type { HandlerOf, HandlersFor } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { requireMeaningfulRules } from '../../domain/destination-filter.ts'
import { newUuid } from '../../platform/ids.ts'
import {
  deleteBroadcastsOf,
  findFailingDestinations,
  insertBroadcastState,
  resetBroadcastState,
} from '../../store/queries/broadcast-state.ts'
import {
  countDestinations,
  type DestinationRow,
  findForeignHashes,
  getDestinationRow,
  insertDestination,
  listDestinationRows,
  updateDestinationRow,
} from '../../store/queries/destinations.ts'
import {
  findLiveWorkspaces,
  getDefaultWorkspace,
  getLiveWorkspace,
  type WorkspaceRow,
} from '../../store/queries/workspaces.ts'
import { toIso } from '../../store/schema.ts'
import { requireIn } from '../access.ts'
import { type ControlContext, type MemoryContext, organizationOf } from '../context.ts'
import { toPage } from '../page.ts'
import { type Config, changeConfig, maskConfig, parseConfig, requireSecretsStayHome } from './destination-config.ts'
import { openSecrets, sealSecrets } from './destination-secrets.ts'
import { destinationToWire } from './destination-wire.ts'

type Operations = typeof DESTINATION_OPERATIONS
type Handler<Name extends keyof Operations> = HandlerOf<Operations[Name], ControlContext>

/** Of one type in one workspace. */
const DESTINATIONS_MAX = 5
const WHAT = 'Destination'

const handleList: Handler<'listObservabilityDestinations'> = async (input, context) => {
  const workspace = await findWorkspace(context, input.workspace_id)
  requireIn(context, 'destination:read', { workspaceId: workspace.id }, 'Workspace')
  const { rows, total } = await listDestinationRows(context.tx, workspace.id, toPage(input))
  const failing = await findFailingDestinations(
    context.tx,
    rows.map(({ id }) => id),
  )
  const data = rows.map((row) => destinationToWire(row, standingOf(row, workspace, failing)))
  return { data, total_count: total }
}

const handleCreate: Handler<'createObservabilityDestination'> = async (input, context) => {
  const workspace = await findWorkspace(context, input.workspace_id)
  requireIn(context, 'destination:write', { workspaceId: workspace.id }, 'Workspace')
  const { masked, secrets } = maskConfig(parseConfig(input.type, input.config))
  if (input.filter_rules !== null) requireMeaningfulRules(input.filter_rules)
  if (input.api_key_hashes !== null) await requireKeys(context, workspace.id, input.api_key_hashes)
  const count = await countDestinations(context.tx, workspace.id, input.type)
  if (count >= DESTINATIONS_MAX) {
    throw new AppError(
      'conflict',
      `A workspace has at most ${DESTINATIONS_MAX} destinations of a type, and has ${count} of type ${input.type}`,
    )
  }
  const id = newUuid()
  const at = toIso(context.now)
  const row = await insertDestination(context.tx, {
    id,
    organization_id: organizationOf(context),
    workspace_id: workspace.id,
    type: input.type,
    name: input.name,
    enabled: input.enabled,
    config: JSON.stringify(masked),
    secrets: await sealSecrets(context, id, secrets),
    privacy_mode: input.privacy_mode,
    sampling_rate: input.sampling_rate,
    api_key_hashes: input.api_key_hashes,
    filter_rules: input.filter_rules === null ? null : JSON.stringify(input.filter_rules),
    broadcast_generation_cost: input.broadcast_generation_cost,
    broadcast_generation_identity: input.broadcast_generation_identity,
    broadcast_generation_request_context: input.broadcast_generation_request_context,
    regions: input.regions,
    created_at: at,
    updated_at: at,
  })
  await insertBroadcastState(context.tx, row)
  context.changed('workspace', workspace.id)
  const data = destinationToWire(row, standingOf(row, workspace, NONE))
  context.audit({ resource: 'observability_destination', id, workspaceId: workspace.id, after: data })
  return { data }
}

const handleGet: Handler<'getObservabilityDestination'> = async (input, context) => {
  const row = await getDestinationRow(context.tx, organizationOf(context), input.id)
  requireIn(context, 'destination:read', { workspaceId: row.workspace_id }, WHAT)
  return { data: destinationToWire(row, await loadStanding(context, row)) }
}

const handleUpdate: Handler<'updateObservabilityDestination'> = async (input, context) => {
  const current = await getDestinationRow(context.tx, organizationOf(context), input.id)
  requireIn(context, 'destination:write', { workspaceId: current.workspace_id }, WHAT)
  const { id, config: change, filter_rules: rules, api_key_hashes: hashes, ...fields } = input
  if (rules) requireMeaningfulRules(rules)
  if (hashes) await requireKeys(context, current.workspace_id, hashes)
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  const row = await updateDestinationRow(context.tx, id, {
    ...given,
    ...(rules === undefined ? {} : { filter_rules: rules === null ? null : JSON.stringify(rules) }),
    ...(hashes === undefined ? {} : { api_key_hashes: hashes }),
    ...(change === undefined ? {} : await changedConfig(context, current, change)),
    updated_at: toIso(context.now),
  })
  const before = destinationToWire(current, await loadStanding(context, current))
  await resetBroadcastState(context.tx, id)
  context.changed('workspace', row.workspace_id)
  const data = destinationToWire(row, await loadStanding(context, row))
  context.audit({ resource: 'observability_destination', id, workspaceId: row.workspace_id, before, after: data })
  return { data }
}

/** The row stays for the record; its secrets go, and what waits for it. */
const handleDelete: Handler<'deleteObservabilityDestination'> = async (input, context) => {
  const row = await getDestinationRow(context.tx, organizationOf(context), input.id)
  requireIn(context, 'destination:write', { workspaceId: row.workspace_id }, WHAT)
  const gone = { enabled: false, secrets: null, deleted_at: toIso(context.now) }
  await updateDestinationRow(context.tx, row.id, gone)
  const before = destinationToWire(row, await loadStanding(context, row))
  await deleteBroadcastsOf(context.tx, row.id)
  context.changed('workspace', row.workspace_id)
  context.audit({ resource: 'observability_destination', id: row.id, workspaceId: row.workspace_id, before })
  return { deleted: true }
}

export const DESTINATION_HANDLERS: HandlersFor<Operations, ControlContext, MemoryContext> = {
  listObservabilityDestinations: handleList,
  createObservabilityDestination: handleCreate,
  getObservabilityDestination: handleGet,
  updateObservabilityDestination: handleUpdate,
  deleteObservabilityDestination: handleDelete,
}

async function findWorkspace(context: ControlContext, id: string | undefined): Promise<WorkspaceRow> {
  const organizationId = organizationOf(context)
  if (id === undefined) return await getDefaultWorkspace(context.tx, organizationId)
  return await getLiveWorkspace(context.tx, organizationId, id)
}

const NONE: ReadonlySet<string> = new Set()

async function loadStanding(context: ControlContext, row: DestinationRow): Promise<DestinationWire['delivery']> {
  const [workspace] = await findLiveWorkspaces(context.tx, organizationOf(context), [row.workspace_id])
  return standingOf(row, workspace, await findFailingDestinations(context.tx, [row.id]))
}

/** Sent is what is asked from now on, and only where the workspace broadcasts at all. */
function standingOf(
  { enabled, id }: DestinationRow,
  workspace: WorkspaceRow | undefined,
  failing: ReadonlySet<string>,
): DestinationWire['delivery'] {
  if (!enabled || workspace?.is_observability_broadcast_enabled !== true) return 'not_yet'
  return failing.has(id) ? 'failing' : 'active'
}

async function requireKeys({ tx }: ControlContext, workspaceId: string, hashes: readonly string[]): Promise<void> {
  const [foreign] = await findForeignHashes(tx, workspaceId, hashes)
  if (foreign === undefined) return
  throw new AppError('invalid_request', `api_key_hashes: no key of this workspace has the hash ${foreign}`)
}

async function changedConfig(
  context: ControlContext,
  current: Awaited<ReturnType<typeof getDestinationRow>>,
  change: Config,
): Promise<{ config: string; secrets: string | null }> {
  const stored = { masked: current.config, secrets: await openSecrets(context, current) }
  const { masked, secrets } = maskConfig(parseConfig(current.type, changeConfig(stored, change)))
  requireSecretsStayHome(stored, change, { masked, secrets })
  return { config: JSON.stringify(masked), secrets: await sealSecrets(context, current.id, secrets) }
}

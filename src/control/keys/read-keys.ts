import { type getCurrentKey, type getKey, KEYS_PAGE_SIZE, type listKeys } from '../../contract/management/keys.ts'
import type { HandlerOf, InputOf, TwoStepHandlerOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import type { WorkspaceRates } from '../../domain/rate-limits.ts'
import { getLiveKey, type KeyFilter, type KeyRow, listKeyRows, loadKeySpend } from '../../store/queries/keys.ts'
import { loadRates } from '../../store/queries/rates.ts'
import { getDefaultWorkspace, getLiveWorkspace } from '../../store/queries/workspaces.ts'
import { visibleIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { listOwner, requireKey } from './key-access.ts'
import { currentKeyToWire, keyToWire } from './key-wire.ts'

/** Of one workspace, Default unless another is named; a search without one goes through all that the caller sees keys of. */
export const handleListKeys: HandlerOf<typeof listKeys, ControlContext> = async (input, context) => {
  const organizationId = organizationOf(context)
  const rows = await listKeyRows(context.tx, organizationId, {
    ...(await placeOf(input, context)),
    search: input.search,
    includeDisabled: input.include_disabled === true,
    includeHidden: input.include_hidden === true,
    type: input.type,
    offset: input.offset ?? 0,
    limit: KEYS_PAGE_SIZE,
  })
  const spend = await loadKeySpend(
    context.tx,
    rows.map(({ id }) => id),
    context.now,
  )
  const rates = await loadRatesOf(rows, context)
  return {
    data: rows.flatMap((row) => {
      const spent = spend.get(row.id)
      return spent === undefined ? [] : [keyToWire(row, spent, rates.get(row.workspace_id ?? '') ?? null)]
    }),
  }
}

async function placeOf(
  { type, workspace_id, search }: InputOf<typeof listKeys>,
  context: ControlContext,
): Promise<Pick<KeyFilter, 'workspaceId' | 'ownerUserId' | 'visible'>> {
  if (type !== 'management' && search !== undefined && !workspace_id)
    return { workspaceId: 'all', visible: visibleIn(context.access, 'key:read') }
  const workspaceId = type === 'management' ? null : await workspaceIdOf(workspace_id, context)
  return { workspaceId, ownerUserId: listOwner(context, workspaceId) }
}

async function loadRatesOf(rows: readonly KeyRow[], context: ControlContext): Promise<Map<string, WorkspaceRates>> {
  const [id, ...others] = new Set(rows.flatMap(({ workspace_id }) => workspace_id ?? []))
  if (id === undefined) return new Map()
  const which = others.length === 0 ? { workspaceId: id } : { organizationId: organizationOf(context) }
  return await loadRates(context.tx, which)
}

export const handleGetKey: HandlerOf<typeof getKey, ControlContext> = async (input, context) => {
  const row = await getLiveKey(context.tx, organizationOf(context), input.hash)
  requireKey(context, 'key:read', row)
  return { data: await loadKeyWire(row, context) }
}

export const handleGetCurrentKey: TwoStepHandlerOf<typeof getCurrentKey, ControlContext> = async (_input, context) => {
  const { actor } = context
  if (actor.kind !== 'key' && actor.kind !== 'management_key')
    throw new AppError('forbidden', 'This needs an API key; a session has none')
  const row = await getLiveKey(context.tx, actor.organizationId, actor.keyHash)
  const spend = await spendOf(row, context)
  return async () => {
    const freeModels = await context.freeModelsToday(actor.organizationId)
    const { allowedDataRegions } = context.restrictionsOf(actor)
    return { data: currentKeyToWire(row, spend, { freeModels, allowedDataRegions }) }
  }
}

/** A key with its spend, for the wire. */
export async function loadKeyWire(row: KeyRow, context: ControlContext) {
  return keyToWire(row, await spendOf(row, context), await ratesOf(row.workspace_id, context))
}

/** A key before and after a change, for the wire, with what is the same in both asked for once. */
export async function loadKeyChange(before: KeyRow, after: KeyRow, context: ControlContext) {
  const spend = await spendOf(after, context)
  const rates = await ratesOf(after.workspace_id, context)
  return { before: keyToWire(before, spend, rates), after: keyToWire(after, spend, rates) }
}

/** The workspace a caller means: the one it names, which must be its organization's, else the Default one. */
export async function workspaceIdOf(named: string | null | undefined, context: ControlContext): Promise<string> {
  const organizationId = organizationOf(context)
  if (named) return (await getLiveWorkspace(context.tx, organizationId, named)).id
  return (await getDefaultWorkspace(context.tx, organizationId)).id
}

async function spendOf(row: KeyRow, context: ControlContext) {
  const spend = (await loadKeySpend(context.tx, [row.id], context.now)).get(row.id)
  if (spend === undefined) throw new Error('spend of the key that was asked for')
  return spend
}

async function ratesOf(workspaceId: string | null, { tx }: ControlContext): Promise<WorkspaceRates | null> {
  return workspaceId === null ? null : ((await loadRates(tx, { workspaceId })).get(workspaceId) ?? null)
}

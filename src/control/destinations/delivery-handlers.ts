import type { Permission } from '../../contract/common/permissions.ts'
import type {
  DESTINATION_DELIVERY_OPERATIONS,
  DeadLetterWire,
  DeliveryWire,
} from '../../contract/management/destination-delivery.ts'
import type { HandlerOf, HandlersFor, TwoStepHandlerOf } from '../../contract/operation.ts'
import type { DeliveryRow } from '../../store/queries/broadcast.ts'
import {
  type BroadcastStanding,
  dropDeadRows,
  getBroadcastStanding,
  listDeadRows,
  resetBroadcastState,
  reviveDeliveries,
} from '../../store/queries/broadcast-state.ts'
import { type DestinationRow, getDestinationRow } from '../../store/queries/destinations.ts'
import { toIso } from '../../store/schema.ts'
import { requireIn } from '../access.ts'
import { type ControlContext, type MemoryContext, organizationOf } from '../context.ts'
import { toPage } from '../page.ts'
import { openSecrets } from './destination-secrets.ts'

type Operations = typeof DESTINATION_DELIVERY_OPERATIONS
type Handler<Name extends keyof Operations> = HandlerOf<Operations[Name], ControlContext>

const RESOURCE = 'observability_destination'

/** Nothing is asked of the destination before the transaction has ended. */
const handleTest: TwoStepHandlerOf<Operations['testObservabilityDestination'], ControlContext> = async (
  { id },
  context,
) => {
  const row = await find(context, id, 'destination:write')
  const config = { ...row.config, ...(await openSecrets(context, row)) }
  context.audit({ resource: RESOURCE, id, workspaceId: row.workspace_id })
  return async () => {
    const { isGood, message, status } = await context.outside.probeDestination(row.type, config)
    return { data: { ok: isGood, status, message } }
  }
}

const handleGet: Handler<'getObservabilityDelivery'> = async ({ id }, context) => {
  const row = await find(context, id, 'destination:read')
  return { data: deliveryToWire(await getBroadcastStanding(context.tx, row.id)) }
}

const handleList: Handler<'listObservabilityDeadLetters'> = async (input, context) => {
  const row = await find(context, input.id, 'destination:read')
  const { rows, total } = await listDeadRows(context.tx, row.id, toPage(input))
  return { data: rows.map(deadLetterToWire), total_count: total }
}

const handleReplay: Handler<'replayObservabilityDeadLetters'> = async ({ id, generation_ids: ids }, context) => {
  const row = await find(context, id, 'destination:write')
  const replayed = await reviveDeliveries(context.tx, id, ids)
  if (replayed === 0) context.didNothing()
  else {
    await resetBroadcastState(context.tx, id)
    context.audit({ resource: RESOURCE, id, workspaceId: row.workspace_id, after: { replayed } })
  }
  return { data: { replayed } }
}

const handleDelete: Handler<'deleteObservabilityDeadLetters'> = async ({ id }, context) => {
  const row = await find(context, id, 'destination:write')
  const deleted = await dropDeadRows(context.tx, id)
  if (deleted === 0) context.didNothing()
  else context.audit({ resource: RESOURCE, id, workspaceId: row.workspace_id, after: { deleted } })
  return { data: { deleted } }
}

export const DESTINATION_DELIVERY_HANDLERS: HandlersFor<Operations, ControlContext, MemoryContext> = {
  testObservabilityDestination: handleTest,
  getObservabilityDelivery: handleGet,
  listObservabilityDeadLetters: handleList,
  replayObservabilityDeadLetters: handleReplay,
  deleteObservabilityDeadLetters: handleDelete,
}

async function find(context: ControlContext, id: string, permission: Permission): Promise<DestinationRow> {
  const row = await getDestinationRow(context.tx, organizationOf(context), id)
  requireIn(context, permission, { workspaceId: row.workspace_id }, 'Destination')
  return row
}

function deliveryToWire(row: BroadcastStanding): DeliveryWire {
  return {
    destination_id: row.destination_id,
    waiting: row.waiting,
    oldest_waiting_at: isoOrNull(row.oldest_waiting_at),
    delivered: Number(row.delivered),
    last_delivered_at: isoOrNull(row.last_delivered_at),
    dead_letters: row.dead,
    dropped: Number(row.dropped),
    failing_since: isoOrNull(row.failing_since),
    last_error: row.last_error,
    next_attempt_at: isoOrNull(row.next_attempt_at),
  }
}

function deadLetterToWire({ dead_at, dead_reason, ended_at, generation_id }: DeliveryRow): DeadLetterWire {
  return { generation_id, ended_at: toIso(ended_at), dead_at: toIso(dead_at ?? ended_at), reason: dead_reason ?? '' }
}

function isoOrNull(epochMs: number | null): string | null {
  return epochMs === null ? null : toIso(epochMs)
}

import type { LEASE_OPERATIONS, LeaseWire } from '../../contract/management/leases.ts'
import type { HandlerOf, HandlersFor } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { toUsd } from '../../domain/money.ts'
import { releaseLease } from '../../store/leases.ts'
import {
  findUnconfirmedLease,
  listUnconfirmedRows,
  type NamedLease,
  sumUnconfirmed,
} from '../../store/queries/leases.ts'
import { toIso } from '../../store/schema.ts'
import { requireInOrganization } from '../access.ts'
import { type ControlContext, type MemoryContext, organizationOf } from '../context.ts'
import { toPage } from '../page.ts'

type Operations = typeof LEASE_OPERATIONS
type Handler<Name extends keyof Operations> = HandlerOf<Operations[Name], ControlContext>

const handleListUnconfirmedLeases: Handler<'listUnconfirmedLeases'> = async (input, context) => {
  requireInOrganization(context, 'credit:read')
  const wanted = { organizationId: organizationOf(context), replica: input.replica }
  const { rows, total } = await listUnconfirmedRows(context.tx, { ...wanted, ...toPage(input) })
  const { limits, pools } = await sumUnconfirmed(context.tx, wanted)
  return {
    data: rows.map(leaseToWire),
    total_count: total,
    held_usd: { pools: toUsd(pools), limits: toUsd(limits) },
  }
}

const handleReleaseLease: Handler<'releaseLease'> = async ({ id }, context) => {
  requireInOrganization(context, 'credit:grant')
  const found = await findUnconfirmedLease(context.tx, organizationOf(context), id)
  const released = found && (await releaseLease(context.tx, id))
  // Also where its process came back in between, or charged all of it.
  if (!found || !released) throw new AppError('not_found', 'Lease not found')
  // What was posted while the rows were waited for counts.
  const { charged: charged_nano, granted: granted_nano } = released.before
  const before = leaseToWire({ ...found, charged_nano, granted_nano })
  const data: LeaseWire = { ...before, state: 'released', held_usd: 0, since: toIso(context.now) }
  context.audit({ resource: 'lease', id, workspaceId: found.workspace_id, before, after: data })
  return { data }
}

export const LEASE_HANDLERS: HandlersFor<Operations, ControlContext, MemoryContext> = {
  listUnconfirmedLeases: handleListUnconfirmedLeases,
  releaseLease: handleReleaseLease,
}

function leaseToWire(row: NamedLease): LeaseWire {
  return {
    id: row.id,
    state: 'unconfirmed',
    ...scopeOf(row),
    scope_name: row.name,
    workspace_id: row.workspace_id,
    kind: row.kind,
    interval: row.interval,
    window_start: row.interval === 'lifetime' ? null : row.window_start,
    granted_usd: toUsd(row.granted_nano),
    charged_usd: toUsd(row.charged_nano),
    held_usd: toUsd(row.granted_nano - row.charged_nano),
    replica: row.replica_id,
    since: toIso(row.changed_at),
  }
}

function scopeOf({ named_id, scope_id, scope_kind }: NamedLease): Pick<LeaseWire, 'scope' | 'scope_id'> {
  if (scope_kind !== 'pool') return { scope: scope_kind, scope_id: named_id ?? scope_id }
  const [owner, id = ''] = scope_id.split(':')
  return { scope: owner === 'workspace' ? 'workspace_pool' : 'organization_pool', scope_id: id }
}

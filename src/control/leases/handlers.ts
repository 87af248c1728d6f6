import type { LEASE_OPERATIONS, LeaseWire } from '../../contract/management/leases.ts'
import type { HandlerOf, HandlersFor } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { toUsd } from '../../domain/money.ts'
import { releaseLeases } from '../../store/leases.ts'
import {
  findUnconfirmedLeases,
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
  const [released] = await release(context, [id])
  if (!released) throw new AppError('not_found', 'Lease not found')
  const { after, before } = released
  context.audit({ resource: 'lease', id, workspaceId: after.workspace_id, before, after })
  return { data: after }
}

const handleBulkReleaseLeases: Handler<'bulkReleaseLeases'> = async (input, context) => {
  requireInOrganization(context, 'credit:grant')
  const ids = [...new Set(input.ids)]
  const released = await release(context, ids)
  const missing = ids.find((id) => !released.some(({ after }) => after.id === id))
  if (missing !== undefined) throw new AppError('invalid_request', `ids: "${missing}" is no unconfirmed lease`)
  context.audit({
    resource: 'lease',
    id: ids.join(','),
    workspaceId: null,
    before: { leases: released.map(({ before }) => before) },
    after: { leases: released.map(({ after }) => after) },
  })
  return { released_count: released.length }
}

export const LEASE_HANDLERS: HandlersFor<Operations, ControlContext, MemoryContext> = {
  listUnconfirmedLeases: handleListUnconfirmedLeases,
  releaseLease: handleReleaseLease,
  bulkReleaseLeases: handleBulkReleaseLeases,
}

/** Of those whose process has come back in between, or has charged all of it, nothing is told. */
async function release(
  context: ControlContext,
  ids: readonly string[],
): Promise<{ before: LeaseWire; after: LeaseWire }[]> {
  const found = await findUnconfirmedLeases(context.tx, organizationOf(context), ids)
  if (found.length === 0) return []
  const rows = await releaseLeases(
    context.tx,
    found.map(({ id }) => id),
  )
  return found.flatMap((row) => {
    const was = rows.get(row.id)?.before
    if (was === undefined) return []
    // What was posted while the rows were waited for counts.
    const before = leaseToWire({ ...row, charged_nano: was.charged, granted_nano: was.granted })
    return [{ before, after: { ...before, state: 'released', held_usd: 0, since: toIso(context.now) } }]
  })
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

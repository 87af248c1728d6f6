import type { CREDIT_OPERATIONS, CreditGrantWire } from '../../contract/management/credits.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import {
  bookMovement,
  type CreditMovementRow,
  funding,
  listMovementRows,
  organizationBalance,
  workspaceBalance,
} from '../../store/queries/credits.ts'
import { requireInOrganization, visibleIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { toPage } from '../page.ts'
import { movementToWire, recordMovement, requirePool, workspaceNamed } from './movements.ts'

type Operations = typeof CREDIT_OPERATIONS
type Handler<Name extends keyof Operations> = HandlerOf<Operations[Name], ControlContext>

export const handleCreateCreditGrant: Handler<'createCreditGrant'> = async (input, context) => {
  requireInOrganization(context, 'credit:grant')
  const workspace = await workspaceNamed(context, input.workspace_id)
  if (workspace !== null) requirePool(workspace, 'workspace_id')
  const workspaceId = workspace?.id ?? null
  const about = { kind: 'grant', workspace_id: workspaceId, direction: null, status: 'completed' } as const
  const { row, isNew } = await recordMovement(context, input, about)
  if (isNew) {
    const organizationId = organizationOf(context)
    const to = workspaceId === null ? organizationBalance(organizationId) : workspaceBalance(workspaceId)
    await bookMovement(context.tx, row, { from: funding(organizationId), to, now: context.now })
    context.changed('organization', organizationId)
  }
  const data = grantToWire(row)
  context.audit({ resource: 'credit_grant', id: row.id, workspaceId, ...(isNew ? {} : { before: data }), after: data })
  return { data }
}

export const handleListCreditGrants: Handler<'listCreditGrants'> = async (input, context) => {
  const { workspaceIds } = visibleIn(context.access, 'credit:read')
  const wanted = { kind: 'grant', workspaceIds, ...toPage(input) } as const
  const { rows, total } = await listMovementRows(context.tx, organizationOf(context), wanted)
  return { data: rows.map(grantToWire), total_count: total }
}

function grantToWire(row: CreditMovementRow): CreditGrantWire {
  return { ...movementToWire(row), workspace_id: row.workspace_id }
}

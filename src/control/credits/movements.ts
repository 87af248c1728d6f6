import { AppError } from '../../domain/app-error.ts'
import { fromUsd, toUsd } from '../../domain/money.ts'
import { newUuid } from '../../platform/ids.ts'
import { type CreditMovementRow, findMovementByReference, insertMovement } from '../../store/queries/credits.ts'
import { getLiveWorkspace, type WorkspaceRow } from '../../store/queries/workspaces.ts'
import { toIso } from '../../store/schema.ts'
import { type ControlContext, organizationOf } from '../context.ts'

interface Fields {
  amount_usd: number
  reference?: string | null | undefined
  note?: string | null | undefined
}

/**
 * Writes a movement of credits, or finds the one that was written under the same reference. Throws `conflict` when that one
 * moved something else.
 */
export async function recordMovement(
  context: ControlContext,
  input: Fields,
  about: Pick<CreditMovementRow, 'kind' | 'workspace_id' | 'direction' | 'status'> &
    Partial<Pick<CreditMovementRow, 'payment_method_id' | 'provider'>>,
): Promise<{ row: CreditMovementRow; isNew: boolean }> {
  const organizationId = organizationOf(context)
  const amount = fromUsd(input.amount_usd)
  const reference = input.reference ?? null
  if (reference !== null) {
    const named = { kind: about.kind, workspaceId: about.workspace_id, reference }
    const row = await findMovementByReference(context.tx, organizationId, named)
    if (row !== undefined) {
      if (row.amount_nano !== amount || row.direction !== about.direction)
        throw new AppError('conflict', `reference: "${reference}" was used for another ${about.kind}`)
      return { row, isNew: false }
    }
  }
  const now = toIso(context.now)
  const row = await insertMovement(context.tx, {
    id: newUuid(),
    organization_id: organizationId,
    payment_method_id: null,
    ...about,
    amount_nano: amount,
    reference,
    note: input.note ?? null,
    created_at: now,
    created_by: context.access.userId,
    completed_at: about.status === 'completed' ? now : null,
  })
  return { row, isNew: true }
}

export async function workspaceNamed(
  context: ControlContext,
  id: string | null | undefined,
): Promise<WorkspaceRow | null> {
  return id ? await getLiveWorkspace(context.tx, organizationOf(context), id) : null
}

/** Throws `invalid_request` unless the workspace has a pool of its own. */
export function requirePool(workspace: WorkspaceRow, field: string): void {
  if (workspace.credit_pool === 'dedicated') return
  throw new AppError('invalid_request', `${field}: the workspace draws on the organization's balance and has no pool`)
}

export function movementToWire(row: CreditMovementRow) {
  return {
    id: row.id,
    amount_usd: toUsd(row.amount_nano),
    reference: row.reference,
    note: row.note,
    created_at: toIso(row.created_at),
    created_by: row.created_by,
  }
}

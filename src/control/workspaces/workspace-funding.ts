import type { CreditPool } from '../../contract/management/workspace-funding.ts'
import type { WorkspaceWire } from '../../contract/management/workspaces.ts'
import { AppError } from '../../domain/app-error.ts'
import { fromUsd, toUsd } from '../../domain/money.ts'
import { loadBalance, workspaceBalance } from '../../store/queries/credits.ts'
import type { WorkspaceRow } from '../../store/queries/workspaces.ts'
import { requireInOrganization } from '../access.ts'
import type { ControlContext } from '../context.ts'

/** How the workspace is paid for, on the wire. */
export function workspaceFundingToWire(
  row: WorkspaceRow,
): Pick<WorkspaceWire, 'require_project' | 'credit_pool' | 'reserved_usd'> {
  return {
    require_project: row.require_project,
    credit_pool: row.credit_pool,
    reserved_usd: toUsd(row.reserved_nano),
  }
}

/**
 * The columns of what was given. What a workspace draws on is taken from all others, so that is for those who move the
 * organization's credits. A pool with money in it stays one. Throws `forbidden` and `invalid_request`.
 */
export async function readWorkspaceFunding(
  input: {
    require_project?: boolean | undefined
    credit_pool?: CreditPool | undefined
    reserved_usd?: number | undefined
  },
  current: WorkspaceRow | undefined,
  context: ControlContext,
) {
  const pool = input.credit_pool ?? current?.credit_pool ?? 'shared'
  const reserved = input.reserved_usd === undefined ? (current?.reserved_nano ?? 0n) : fromUsd(input.reserved_usd)
  const isOtherPool = pool !== (current?.credit_pool ?? 'shared')
  if (isOtherPool || reserved !== (current?.reserved_nano ?? 0n)) requireInOrganization(context, 'credit:transfer')
  if (pool === 'dedicated' && reserved > 0n) {
    throw new AppError(
      'invalid_request',
      'reserved_usd: only a workspace that draws on the shared balance reserves of it',
    )
  }
  if (current !== undefined && isOtherPool && pool === 'shared') await requireEmptyPool(current, context)
  return {
    ...(input.require_project === undefined ? {} : { require_project: input.require_project }),
    credit_pool: pool,
    reserved_nano: reserved,
  }
}

/** Money in a pool would be lost with it. Throws `invalid_request`. */
export async function requireEmptyPool(workspace: WorkspaceRow, { tx }: ControlContext): Promise<void> {
  const left = await loadBalance(tx, workspaceBalance(workspace.id))
  if (left > 0n)
    throw new AppError('invalid_request', `credit_pool: the pool still has $${toUsd(left)}; transfer it back first`)
}

import { z } from 'zod'
import { Usd } from '../common/scalars.ts'

const CREDIT_POOLS = ['shared', 'dedicated'] as const
export type CreditPool = (typeof CREDIT_POOLS)[number]

/** How a workspace is paid for, on creation and update. */
export const WorkspaceFundingInput = {
  /** Refuse requests that name no project of the workspace. */
  require_project: z.boolean().optional(),
  credit_pool: z.enum(CREDIT_POOLS).optional(),
  /** Kept for this workspace from the organization's shared balance. */
  reserved_usd: Usd.optional(),
}

export const WorkspaceFundingWire = {
  require_project: z.boolean(),
  credit_pool: z.enum(CREDIT_POOLS),
  reserved_usd: z.number(),
}

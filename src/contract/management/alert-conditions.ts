import { z } from 'zod'
import { Usd } from '../common/scalars.ts'

/** Percent of a limit. */
const Thresholds = z
  .array(z.int().min(1).max(100))
  .min(1)
  .max(10)
  .transform((given) => [...new Set(given)].sort((a, b) => a - b))
  .default([80, 100])

/** What a rule watches, and from where on it tells. */
export const AlertCondition = z.discriminatedUnion('kind', [
  /** Budgets of workspaces and projects, and spending limits of members. */
  z.strictObject({ kind: z.literal('budget'), thresholds: Thresholds }),
  /** Limits of keys. */
  z.strictObject({ kind: z.literal('key_limit'), thresholds: Thresholds }),
  /** How much of all that was ever put into a pool of credits is used. */
  z.strictObject({ kind: z.literal('pool'), thresholds: Thresholds }),
  /** What a pool of credits holds. Told again only after it has held a tenth more than that. */
  z.strictObject({ kind: z.literal('low_balance'), below_usd: Usd.positive().default(100) }),
])
export type AlertCondition = z.output<typeof AlertCondition>
export type AlertKind = AlertCondition['kind']

export const ALERT_KINDS = AlertCondition.options.map(({ shape }) => shape.kind.value) as [AlertKind, ...AlertKind[]]

/** Who is told by e-mail: `key_owner` is the member whose key or limit it is about. */
export const ALERT_RECIPIENTS = ['organization_admins', 'workspace_admins', 'billing_managers', 'key_owner'] as const
export type AlertRecipient = (typeof ALERT_RECIPIENTS)[number]

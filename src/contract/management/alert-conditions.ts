import { z } from 'zod'
import { Usd } from '../common/scalars.ts'

/** Percent of a limit. */
const Thresholds = z
  .array(z.int().min(1).max(100))
  .min(1)
  .max(10)
  .transform((given) => [...new Set(given)].sort((a, b) => a - b))
  .default([80, 100])

const Days = z
  .array(z.int().min(1).max(90))
  .min(1)
  .max(10)
  .transform((given) => [...new Set(given)].sort((a, b) => b - a))
  .default([7, 1])

/** What a rule watches, and from where on it tells. */
export const AlertCondition = z.discriminatedUnion('kind', [
  /** Budgets of workspaces, projects and guardrails, and spending limits of members. */
  z.strictObject({ kind: z.literal('budget'), thresholds: Thresholds }),
  /** Limits of keys. */
  z.strictObject({ kind: z.literal('key_limit'), thresholds: Thresholds }),
  /** How much of all that was ever put into a pool of credits is used. */
  z.strictObject({ kind: z.literal('pool'), thresholds: Thresholds }),
  /** What a pool of credits holds. Told again only after it has held a tenth more than that. */
  z.strictObject({ kind: z.literal('low_balance'), below_usd: Usd.positive().default(100) }),
  /** Keys that end in at most so many days, unless they were made for less. */
  z.strictObject({ kind: z.literal('key_expiry'), days: Days }),
  /** Keys that are disabled, expired or deleted, and secrets that were replaced, which are presented so often within an hour. */
  z.strictObject({ kind: z.literal('rejected_key'), count: z.int().min(1).max(1_000_000).default(10) }),
  /** Keys that were sent by a page which their workspace doesn't name. */
  z.strictObject({ kind: z.literal('browser_use') }),
  /** Keys that ask for a model which isn't in the catalogue, and so has no price. */
  z.strictObject({ kind: z.literal('unpriced_model') }),
  /** Keys that have spent `factor` times as much today as they do in a day, of the 14 days before, and at least `min_usd`. */
  z.strictObject({
    kind: z.literal('spend_spike'),
    factor: z.number().min(1.1).max(1_000).default(3),
    min_usd: Usd.default(1),
  }),
  /** Keys that call from a network (/24, or /56 of IPv6) or country that they haven't called from. What a key calls from within
   *  `learning_days` of its first call is known. */
  z.strictObject({
    kind: z.literal('new_network'),
    by: z.enum(['network', 'country']).default('network'),
    learning_days: z.int().min(0).max(90).default(1),
  }),
  /** Workspaces whose providers used more than was held for a request, which nobody is charged for. */
  z.strictObject({ kind: z.literal('uncharged') }),
  /** Money of processes that were lost, which counts as spent until somebody decides. Of the whole organization alone. */
  z.strictObject({ kind: z.literal('unconfirmed_lease') }),
])
export type AlertCondition = z.output<typeof AlertCondition>
export type AlertKind = AlertCondition['kind']

export const ALERT_KINDS = AlertCondition.options.map(({ shape }) => shape.kind.value) as [AlertKind, ...AlertKind[]]

/** Who is told by e-mail: `key_owner` is the member whose key or limit it is about. */
export const ALERT_RECIPIENTS = ['organization_admins', 'workspace_admins', 'billing_managers', 'key_owner'] as const
export type AlertRecipient = (typeof ALERT_RECIPIENTS)[number]

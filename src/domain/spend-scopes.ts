import type { NanoUsd } from './money.ts'
import type { Interval } from './windows.ts'

/**
 * What a charge counts in, each with a counter per window, whether something limits it or not. `pool` is one side of the
 * ledger (`organization:<id>`, or `workspace:<id>` where a workspace has a pool of its own) and has the lifetime window only.
 * A guardrail's budget has no counter of its own: it counts in the scope that it is assigned to.
 */
export type ScopeKind = 'organization' | 'pool' | 'workspace' | 'project' | 'member' | 'organization_member' | 'key'

/** Paid with credits, or on the customer's own credential and counted at list price. */
export type SpendKind = 'credit' | 'byok'

/** What one scope has settled in each window that runs. */
export type Spend = Readonly<Record<Interval, NanoUsd>>
export type ScopeSpend = Readonly<Record<SpendKind, Spend>>

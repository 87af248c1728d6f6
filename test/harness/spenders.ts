import { Chains, type ChainsParts } from '../../src/gateway/lease/chains.ts'
import { Meter } from '../../src/gateway/lease/meter.ts'
import { GuardrailDirectory } from '../../src/gateway/snapshot/guardrail-directory.ts'
import type { KeySnapshot } from '../../src/gateway/snapshot/snapshot.ts'
import { SpendLimits, type WorkspaceLimits } from '../../src/gateway/snapshot/spend-limits.ts'

const ORGANIZATION = 'org'
export const WORKSPACE = '6f9619ff-8b86-5011-b42d-00c04fc964ff'

/** A key that may infer and has no limit, owned by nobody. */
export function aKey(fields: Partial<KeySnapshot> = {}): KeySnapshot {
  return {
    id: 1n,
    hash: 'h',
    organizationId: ORGANIZATION,
    workspaceId: WORKSPACE,
    type: 'standard',
    permissions: ['inference'],
    allowedIps: null,
    allowedModels: null,
    mayInfer: true,
    disabled: false,
    rateLimitRpm: null,
    concurrencyLimit: null,
    expiresAt: null,
    limit: null,
    limitInterval: 'lifetime',
    includesByok: false,
    projectId: null,
    creatorUserId: null,
    retired: [],
    endsOverlapOnUse: false,
    guardrailId: null,
    ...fields,
  }
}

/** A workspace that draws on the shared balance and limits nothing. */
export function limitsOfWorkspace(fields: Partial<WorkspaceLimits> = {}): WorkspaceLimits {
  return {
    workspaceId: WORKSPACE,
    organizationId: ORGANIZATION,
    creditPool: 'shared',
    reserved: 0n,
    requiresProject: false,
    includesByok: false,
    budgets: [],
    projects: [],
    members: new Map(),
    ...fields,
  }
}

/** Real chains over a meter of their own, on `now`'s clock; without `creditsOf` no pool limits anything. */
export function makeChains(options: { now?: () => number; creditsOf?: ChainsParts['creditsOf'] } = {}) {
  const meter = new Meter({ now: options.now ?? (() => 0) })
  const limits = new SpendLimits()
  const guardrails = new GuardrailDirectory()
  const chains = new Chains({ meter, limits, guardrails, creditsOf: options.creditsOf ?? (() => null) })
  return { meter, limits, guardrails, chains }
}

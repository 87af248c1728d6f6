import type { LeaseRequest } from '../../src/domain/lease-protocol.ts'
import type { Chain } from '../../src/gateway/lease/chain.ts'
import { Chains } from '../../src/gateway/lease/chains.ts'
import type { HeldPieces } from '../../src/gateway/lease/hold.ts'
import { LeaseBook } from '../../src/gateway/lease/lease-book.ts'
import { LEASE_TIMINGS } from '../../src/gateway/lease/lease-session.ts'
import { GuardrailDirectory } from '../../src/gateway/snapshot/guardrail-directory.ts'
import type { KeySnapshot } from '../../src/gateway/snapshot/snapshot.ts'
import { SpendLimits, type WorkspaceLimits } from '../../src/gateway/snapshot/spend-limits.ts'
import { MemoryAuthority } from '../sim/memory-authority.ts'

const ASKS_MAX = 3
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

/**
 * Real chains and a real lease book over an authority in memory, on `now`'s clock. Credits are paid in advance where `isPrepaid`
 * says so. What the book says is answered by `deliver`, or with `isAnswering` by itself at the end of each turn.
 */
export function makeSpending(options: { now?: () => number; isPrepaid?: boolean; isAnswering?: boolean } = {}) {
  const now = options.now ?? (() => 0)
  const limits = new SpendLimits()
  const guardrails = new GuardrailDirectory()
  const authority = new MemoryAuthority()
  const queue: LeaseRequest[] = []
  let latest = 0
  // Also where the other clock is set back.
  const monotonic = () => {
    latest = Math.max(latest, now())
    return latest
  }
  const deliver = () => {
    for (let request = queue.shift(); request !== undefined; request = queue.shift()) {
      book.receive(authority.handle(request, now()))
    }
  }
  const send = (request: LeaseRequest) => {
    queue.push(request)
    if (options.isAnswering) queueMicrotask(deliver)
  }
  const names = { replica: 'r', process: 'p', journal: 'j' }
  const book = new LeaseBook({
    ...names,
    timings: LEASE_TIMINGS,
    monotonic,
    now,
    random: () => 0.5,
    afterEnds: (then) => then(),
    send,
  })
  // Registers, then says that it is there.
  for (let turn = 0; turn < 2; turn += 1) {
    book.tick()
    deliver()
  }
  const chains = new Chains({
    now,
    limits,
    guardrails,
    isPrepaid: options.isPrepaid ?? false,
    versionOf: (organizationId) => BigInt(limits.revisionOf(organizationId) + guardrails.revisionOf(organizationId)),
    onLimit: (limit, isSure) => book.limitChanged(limit, isSure),
  })
  const ask = (chain: Chain, amount: bigint, done: () => void) => {
    // What lies idle in other purses of the counters comes first.
    for (const { counter } of chain.counters) if (counter.startsWith('pool|')) book.nowScarce(counter)
    deliver()
    book.ask(chain.counters, { min: amount, hold: amount, isRefresh: true }, done)
    deliver()
  }
  return {
    authority,
    book,
    chains,
    deliver,
    guardrails,
    limits,
    /** What may be had for a request; null where nothing limits it. */
    room: (chain: Chain): bigint | null => {
      if (chain.counters.length === 0) return null
      ask(chain, 1n, () => {})
      return book.reach(chain.counters)
    },
    /** Undefined where that much can't be had. What lies idle elsewhere in the replica comes back on the first refusal. */
    hold: (chain: Chain, amount: bigint): HeldPieces | undefined => {
      let pieces = chain.counters.length === 0 ? [] : book.take(chain.counters, amount)
      const take = () => {
        pieces ??= book.take(chain.counters, amount)
      }
      for (let turn = 0; pieces === undefined && turn < ASKS_MAX; turn += 1) ask(chain, amount, take)
      return pieces
    },
  }
}

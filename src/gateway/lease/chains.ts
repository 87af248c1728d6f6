import type { GuardrailLayer } from '../../domain/guardrail-merge.ts'
import { counterKeyOf } from '../../domain/lease-protocol.ts'
import type { ScopeKind, SpendKind } from '../../domain/spend-scopes.ts'
import { LIFETIME_START, type Windows, windowsAt } from '../../domain/windows.ts'
import type { GuardrailDirectory } from '../snapshot/guardrail-directory.ts'
import type { KeySnapshot } from '../snapshot/snapshot.ts'
import type { Budget, ProjectLimits, SpendLimits, WorkspaceLimits } from '../snapshot/spend-limits.ts'
import { type Chain, countersOf, type Limit, type LimitOwner } from './chain.ts'
import type { CounterLimit } from './purse.ts'

export interface ChainsParts {
  now: () => number
  limits: SpendLimits
  guardrails: Pick<GuardrailDirectory, 'layersOf' | 'revisionOf'>
  /** Whether the shared balance limits; it doesn't where an organization pays afterwards. */
  isPrepaid: boolean
  /** Up to which version of the change feed the limits in memory are known. */
  versionOf: (organizationId: string) => bigint
  /** Told of each limit that was read again; and whether it was there all the time, as far as that can be known here. */
  onLimit: (limit: CounterLimit, isSure: boolean) => void
}

/** For whom and for what a request is counted. `workspace` and `project` are the key's, as they are now. */
export interface Spender {
  key: KeySnapshot
  workspace: WorkspaceLimits
  project: ProjectLimits | null
  kind: SpendKind
}

interface Resolved {
  revision: number
  windows: Windows
  chains: Map<string, Chain>
}

interface Scope {
  kind: ScopeKind
  id: string
}

/** The chain of each key, put together when it is first asked for and kept for the day, until a limit of any workspace changes. */
export class Chains {
  readonly #parts: ChainsParts
  readonly #ofKeys = new WeakMap<KeySnapshot, Resolved>()
  #windows: Windows

  constructor(parts: ChainsParts) {
    this.#parts = parts
    this.#windows = windowsAt(parts.now())
  }

  of(spender: Spender): Chain {
    const { guardrails, limits } = this.#parts
    const { organizationId } = spender.workspace
    const revision = limits.revisionOf(organizationId) + guardrails.revisionOf(organizationId)
    const windows = this.#windowsNow()
    const before = this.#ofKeys.get(spender.key)
    let known = before
    if (known === undefined || known.revision !== revision || known.windows !== windows) {
      known = { revision, windows, chains: new Map() }
      this.#ofKeys.set(spender.key, known)
    }
    const name = spender.project === null ? spender.kind : `${spender.kind} ${spender.project.id}`
    const found = known.chains.get(name) ?? this.#resolve(spender, known, before === undefined)
    known.chains.set(name, found)
    return found
  }

  /** Those that run now. A clock that is set back doesn't bring yesterday's back: nothing is refilled twice. */
  #windowsNow(): Windows {
    const now = this.#parts.now()
    if (now >= this.#windows.endOfDay) this.#windows = windowsAt(now)
    return this.#windows
  }

  #resolve(spender: Spender, { revision, windows }: Resolved, isNewKey: boolean): Chain {
    const { kind, workspace } = spender
    const { organizationId: organization } = workspace
    const all = [...this.#poolLimits(spender), ...this.#limitsOf(spender, windows)]
    // What runs on the customer's own credential is paid from no pool.
    const limits = kind === 'credit' ? all : all.filter(({ beside }) => beside !== null)
    const limitVersion = this.#parts.versionOf(organization)
    const counters = countersOf(limits, { organization, limitVersion, revision, ends: windows.ends })
    // A changed key is another object: whether it had its limit all the time is not known.
    for (const counter of counters) this.#parts.onLimit(counter, !(isNewKey && counter.counter.startsWith('key|')))
    const { creditPool } = workspace
    return { kind, date: windows.date, limits, counters, creditPool, projectId: spender.project?.id ?? null }
  }

  #limitsOf({ key, kind, project, workspace }: Spender, windows: Windows): Limit[] {
    const { includesByok, workspaceId } = workspace
    const limits: Limit[] = []
    const add = (owner: LimitOwner, scope: Scope, budgets: readonly Budget[], countsByok = includesByok) => {
      for (const { interval, limit: amount } of budgets) {
        const keyOf = (counted: SpendKind) => {
          const windowStart = windows.starts[interval]
          return counterKeyOf({ scopeKind: scope.kind, scopeId: scope.id, kind: counted, interval, windowStart })
        }
        const counter = keyOf(kind)
        const beside = countsByok ? keyOf(kind === 'credit' ? 'byok' : 'credit') : null
        limits.push({ owner, interval, amount, keep: 0n, counter, beside, purse: counter })
      }
    }
    if (key.limit !== null) {
      const own = { interval: key.limitInterval, limit: key.limit }
      add({ kind: 'key' }, { kind: 'key', id: key.id.toString() }, [own], key.includesByok)
    }
    add({ kind: 'workspace' }, { kind: 'workspace', id: workspaceId }, workspace.budgets)
    if (project) add({ kind: 'project', name: project.slug }, { kind: 'project', id: project.id }, project.budgets)
    const userId = key.creatorUserId
    const member = userId === null ? undefined : workspace.members.get(userId)
    if (member) add({ kind: 'member' }, { kind: 'member', id: `${workspaceId}/${userId}` }, [member])
    for (const layer of this.#parts.guardrails.layersOf(key).toReversed()) {
      const { id, includesByok: countsByok, interval, limit, name } = layer.guardrail
      const scope = scopeOfLayer(layer, key)
      if (limit !== null && scope) add({ kind: 'guardrail', name, id }, scope, [{ interval, limit }], countsByok)
    }
    return limits
  }

  /** Where some of a pool is kept for one workspace, each takes from a purse of its own: what one may have, another may not. */
  #poolLimits({ workspace }: Spender): Limit[] {
    const { creditPool, organizationId, workspaceId } = workspace
    const isShared = creditPool === 'shared'
    if (isShared && !this.#parts.isPrepaid) return []
    const scopeId = isShared ? `organization:${organizationId}` : `workspace:${workspaceId}`
    const windowStart = LIFETIME_START
    const counter = counterKeyOf({ scopeKind: 'pool', scopeId, kind: 'credit', interval: 'lifetime', windowStart })
    const isKept = isShared && this.#parts.limits.reservedIn(organizationId) > 0n
    return [
      {
        owner: { kind: isShared ? 'credits' : 'workspace_pool' },
        interval: 'lifetime',
        amount: null,
        keep: isShared ? this.#parts.limits.reservedByOthers(workspace) : 0n,
        counter,
        beside: null,
        purse: isKept ? `${counter} ${workspaceId}` : counter,
      },
    ]
  }
}

/** Whose spend a guardrail's budget counts: that of what it is assigned to. An organization's policy has none. */
function scopeOfLayer({ isEverywhere, scope }: GuardrailLayer, key: KeySnapshot): Scope | undefined {
  switch (scope) {
    case 'key':
      return { kind: 'key', id: key.id.toString() }
    case 'member':
      return isEverywhere
        ? { kind: 'organization_member', id: `${key.organizationId}/${key.creatorUserId}` }
        : { kind: 'member', id: `${key.workspaceId}/${key.creatorUserId}` }
    case 'workspace':
      return { kind: 'workspace', id: String(key.workspaceId) }
    case 'organization':
      return undefined
  }
}

import type { GuardrailLayer } from '../../domain/guardrail-merge.ts'
import type { ScopeKind, SpendKind } from '../../domain/spend-scopes.ts'
import type { GuardrailDirectory } from '../snapshot/guardrail-directory.ts'
import type { KeySnapshot } from '../snapshot/snapshot.ts'
import type { Budget, ProjectLimits, SpendLimits, WorkspaceLimits } from '../snapshot/spend-limits.ts'
import type { Chain, Limit, LimitOwner, PoolCredits } from './chain.ts'
import type { Meter } from './meter.ts'

export interface ChainsParts {
  meter: Meter
  limits: SpendLimits
  guardrails: Pick<GuardrailDirectory, 'layersOf' | 'version'>
  /** What is in a pool (`organization:<id>` or `workspace:<id>`); null when the organization pays afterwards, so that its
   *  balance limits nothing. */
  creditsOf: (pool: string) => PoolCredits | null
}

/** For whom and for what a request is counted. `workspace` and `project` are the key's, as they are now. */
export interface Spender {
  key: KeySnapshot
  workspace: WorkspaceLimits
  project: ProjectLimits | null
  kind: SpendKind
}

interface Resolved {
  version: number
  chains: Map<string, Chain>
}

interface Scope {
  kind: ScopeKind
  id: string
}

/** The chain of each key, put together when it is first asked for and kept until a limit of any workspace changes. */
export class Chains {
  readonly #parts: ChainsParts
  readonly #ofKeys = new WeakMap<KeySnapshot, Resolved>()

  constructor(parts: ChainsParts) {
    this.#parts = parts
  }

  of(spender: Spender): Chain {
    const version = this.#parts.limits.version + this.#parts.guardrails.version
    let known = this.#ofKeys.get(spender.key)
    if (known === undefined || known.version !== version) {
      known = { version, chains: new Map() }
      this.#ofKeys.set(spender.key, known)
    }
    const name = spender.project === null ? spender.kind : `${spender.kind} ${spender.project.id}`
    const found = known.chains.get(name) ?? this.#resolve(spender)
    known.chains.set(name, found)
    return found
  }

  #resolve(spender: Spender): Chain {
    const { kind, workspace } = spender
    const { meter } = this.#parts
    // What runs on the customer's own credential is paid from no pool.
    const scopes = kind === 'credit' ? [poolOf(workspace), ...scopesOf(spender)] : scopesOf(spender)
    const limits = [...this.#poolLimits(workspace), ...this.#limitsOf(spender)]
    return {
      kind,
      tallies: scopes.map((scope) => meter.tally(scope.kind, scope.id, kind)),
      limits: kind === 'credit' ? limits : limits.filter(({ tallies }) => tallies.length > 1),
      creditPool: workspace.creditPool,
      projectId: spender.project?.id ?? null,
    }
  }

  #limitsOf({ key, workspace, project }: Spender): Limit[] {
    const { includesByok, workspaceId } = workspace
    const limits: Limit[] = []
    const add = (owner: LimitOwner, scope: Scope, budgets: readonly Budget[], countsByok = includesByok) => {
      for (const { interval, limit } of budgets) {
        const kinds: SpendKind[] = countsByok ? ['credit', 'byok'] : ['credit']
        const tallies = kinds.map((kind) => this.#parts.meter.tally(scope.kind, scope.id, kind))
        limits.push({ owner, interval, amount: limit, pool: null, tallies })
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

  #poolLimits(workspace: WorkspaceLimits): Limit[] {
    const { id } = poolOf(workspace)
    const credits = this.#parts.creditsOf(id)
    if (credits === null) return []
    const isShared = workspace.creditPool === 'shared'
    return [
      {
        owner: { kind: isShared ? 'credits' : 'workspace_pool' },
        interval: 'lifetime',
        amount: isShared ? -this.#parts.limits.reservedByOthers(workspace) : 0n,
        pool: credits,
        tallies: [this.#parts.meter.tally('pool', id, 'credit')],
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

/** All that a charge counts in but the pool that pays it; the same that the store counts (`post-generations.ts`). */
function scopesOf({ key, workspace, project }: Spender): Scope[] {
  const { organizationId, workspaceId } = workspace
  const scopes: Scope[] = [
    { kind: 'organization', id: organizationId },
    { kind: 'workspace', id: workspaceId },
    { kind: 'key', id: key.id.toString() },
  ]
  if (project) scopes.push({ kind: 'project', id: project.id })
  if (key.creatorUserId !== null) {
    scopes.push({ kind: 'member', id: `${workspaceId}/${key.creatorUserId}` })
    scopes.push({ kind: 'organization_member', id: `${organizationId}/${key.creatorUserId}` })
  }
  return scopes
}

function poolOf({ creditPool, organizationId, workspaceId }: WorkspaceLimits): Scope {
  return { kind: 'pool', id: creditPool === 'shared' ? `organization:${organizationId}` : `workspace:${workspaceId}` }
}

import type { Guardrail } from '../../src/domain/guardrail-merge.ts'
import { type CounterKey, counterKeyOf } from '../../src/domain/lease-protocol.ts'
import { LIFETIME_START } from '../../src/domain/windows.ts'
import type { Chain } from '../../src/gateway/lease/chain.ts'
import type { KeySnapshot } from '../../src/gateway/snapshot/snapshot.ts'
import type { Budget, ProjectLimits, WorkspaceLimits } from '../../src/gateway/snapshot/spend-limits.ts'
import { aKey, limitsOfWorkspace, makeSpending } from '../harness/spenders.ts'
import { INTERVALS, type Interval, type Kind, type ModelLimit } from './spend-model.ts'

/*
 * An organization with limits on every level, of which any may change at any moment: credits over three workspaces (one keeps
 * a reserve, one has a pool of its own) over projects, members, guardrails and keys.
 */

const ORGANIZATION = 'org'
const MEMBERS = ['ann', 'bob']
export const WORKSPACES = [1, 2, 3].map((at) => `00000000-0000-4000-8000-00000000000${at}`)

export interface Asked {
  key: KeySnapshot
  project: ProjectLimits | null
  kind: Kind
}

/** Draws from `random`, so that a seed makes the same world again. */
export class NestedWorld {
  now = Date.UTC(2026, 10, 28, 20)
  readonly #random: () => number
  readonly #pools = new Map<string, { credits: bigint }>()
  readonly #guardrails = new Map<string, Guardrail>()
  readonly #keys: KeySnapshot[] = []
  readonly parts = makeSpending({ now: () => this.now, isPrepaid: true })

  constructor(random: () => number) {
    this.#random = random
    this.#setCredits('organization:org', 60_000n)
    this.#setCredits(`workspace:${WORKSPACES[2]}`, 9_000n)
    for (const workspaceId of WORKSPACES) this.changeWorkspace(workspaceId)
    for (const [at, workspaceId] of [...WORKSPACES, ...WORKSPACES].entries()) {
      for (const creatorUserId of [...MEMBERS, null]) this.#keys.push(this.#newKey(at, workspaceId, creatorUserId))
    }
  }

  pick<T>(list: readonly T[]): T {
    const found = list[Math.floor(this.#random() * list.length)]
    if (found === undefined) throw new Error('nothing to pick from')
    return found
  }

  amount(most: number): bigint {
    return BigInt(Math.floor(this.#random() * (most + 1)))
  }

  chance(share: number): boolean {
    return this.#random() < share
  }

  ask(): Asked {
    const key = this.pick(this.#keys)
    const projects = this.#workspaceOf(key).projects
    return { key, project: this.chance(0.6) ? this.pick(projects) : null, kind: this.chance(0.15) ? 'byok' : 'credit' }
  }

  chainOf({ key, kind, project }: Asked): Chain {
    const workspace = this.#workspaceOf(key)
    const current = project && (this.parts.limits.findProject(workspace.workspaceId, project.id) ?? null)
    return this.parts.chains.of({ key, workspace, project: current, kind })
  }

  /** New budgets, members' limits and guardrails of a workspace, or none; its reserve and pool stay. */
  changeWorkspace(workspaceId: string): void {
    const at = WORKSPACES.indexOf(workspaceId)
    this.parts.limits.put(
      limitsOfWorkspace({
        workspaceId,
        creditPool: at === 2 ? 'dedicated' : 'shared',
        reserved: at === 1 ? 15_000n : 0n,
        includesByok: this.chance(0.5),
        budgets: this.#budgets(20_000),
        projects: ['a', 'b'].map((name) => ({ id: projectId(at, name), slug: name, budgets: this.#budgets(8_000) })),
        members: new Map(MEMBERS.flatMap((user) => this.#budgets(6_000, 1).map((budget) => [user, budget] as const))),
      }),
    )
    const guardrails = ['key', 'member', 'default'].map((name) => this.#newGuardrail(`${name}-${at}`))
    for (const guardrail of guardrails) this.#guardrails.set(String(guardrail.id), guardrail)
    this.parts.guardrails.putWorkspace({
      workspaceId,
      organizationId: ORGANIZATION,
      defaultId: `default-${at}`,
      guardrails,
      members: [{ userId: MEMBERS[at % 2] ?? '', guardrailId: `member-${at}`, isEverywhere: at === 0 }],
    })
  }

  changeCredits(pool: 'organization:org' | 'dedicated', by: bigint): void {
    const side = pool === 'dedicated' ? `workspace:${WORKSPACES[2]}` : pool
    const { leased = 0n, settled = 0n } = this.parts.authority.counters.get(poolCounter(side)) ?? {}
    const credits = (this.#pools.get(side)?.credits ?? 0n) + by
    // What is leased can't be taken back.
    if (by > 0n || credits >= settled + leased) this.#setCredits(side, credits)
  }

  #setCredits(side: string, credits: bigint): void {
    this.#pools.set(side, { credits })
    this.parts.authority.setLimit(poolCounter(side), credits)
  }

  /** What the model counts a request in. */
  scopesOf({ key, kind, project }: Asked): string[] {
    const { creatorUserId, id, workspaceId } = key
    return [
      ...(kind === 'credit' ? [this.#poolOf(key)] : []),
      `organization ${ORGANIZATION}`,
      `workspace ${workspaceId}`,
      `key ${id}`,
      ...(project ? [`project ${project.id}`] : []),
      ...(creatorUserId === null
        ? []
        : [`member ${workspaceId}/${creatorUserId}`, `organization_member ${ORGANIZATION}/${creatorUserId}`]),
    ]
  }

  /** What the model limits a request by. */
  limitsOf({ key, kind, project }: Asked): ModelLimit[] {
    const workspace = this.#workspaceOf(key)
    const { creatorUserId: user, workspaceId } = key
    const at = WORKSPACES.indexOf(String(workspaceId))
    const limits: ModelLimit[] = []
    const add = (scope: string, budgets: readonly (Budget | undefined)[], countsByok = workspace.includesByok) => {
      for (const budget of budgets) if (budget) limits.push({ scope, ...budget, countsByok })
    }
    const guard = (scope: string, id: string | null) => {
      const guardrail = this.#guardrails.get(String(id))
      if (guardrail && guardrail.limit !== null) {
        add(scope, [{ interval: guardrail.interval, limit: guardrail.limit }], guardrail.includesByok)
      }
    }
    const credits = this.#pools.get(this.#poolOf(key).slice('pool '.length))?.credits ?? 0n
    // Only the second workspace reserves, and what it reserves is no limit for itself.
    add(this.#poolOf(key), [{ interval: 'lifetime', limit: at === 0 ? credits - 15_000n : credits }], false)
    if (key.limit !== null) {
      add(`key ${key.id}`, [{ interval: key.limitInterval, limit: key.limit }], key.includesByok)
    }
    add(`workspace ${workspaceId}`, workspace.budgets)
    const named = project && workspace.projects.find(({ id }) => id === project.id)
    if (named) add(`project ${named.id}`, named.budgets)
    if (user !== null) {
      add(`member ${workspaceId}/${user}`, [workspace.members.get(user)])
      if (user === MEMBERS[0]) guard(`organization_member ${ORGANIZATION}/${user}`, 'member-0')
      if (at > 0 && user === MEMBERS[at % 2]) guard(`member ${workspaceId}/${user}`, `member-${at}`)
    }
    guard(`key ${key.id}`, key.guardrailId)
    guard(`workspace ${workspaceId}`, `default-${at}`)
    return kind === 'credit' ? limits : limits.filter(({ countsByok }) => countsByok)
  }

  #workspaceOf(key: KeySnapshot): WorkspaceLimits {
    const found = this.parts.limits.find(String(key.workspaceId))
    if (found === undefined) throw new Error('no such workspace')
    return found
  }

  #poolOf({ workspaceId }: KeySnapshot): string {
    return workspaceId === WORKSPACES[2] ? `pool workspace:${workspaceId}` : 'pool organization:org'
  }

  #newKey(at: number, workspaceId: string, creatorUserId: string | null): KeySnapshot {
    const [budget] = this.#budgets(3_000, 1)
    return aKey({
      id: BigInt(this.#keys.length + 1),
      workspaceId,
      creatorUserId,
      limit: budget?.limit ?? null,
      limitInterval: budget?.interval ?? 'lifetime',
      includesByok: this.chance(0.5),
      guardrailId: this.chance(0.5) ? `key-${at % WORKSPACES.length}` : null,
    })
  }

  #newGuardrail(id: string): Guardrail {
    const [budget] = this.#budgets(10_000, 1)
    return {
      id,
      name: id,
      filters: [],
      builtins: [],
      limit: budget?.limit ?? null,
      interval: budget?.interval ?? 'lifetime',
      includesByok: this.chance(0.5),
      onFilterTimeout: 'allow',
      allowedModels: null,
      ignoredModels: null,
      allowedProviders: null,
      ignoredProviders: null,
      zdr: { anthropic: null, openai: null, google: null, xai: null, other: null },
      freeModelPublication: null,
      freeModelTraining: null,
      paidModelTraining: null,
      allowedDataRegions: null,
    }
  }

  #budgets(scale: number, most = INTERVALS.length): Budget[] {
    const chosen = INTERVALS.filter(() => this.chance(0.5)).slice(0, most)
    return chosen.map((interval) => ({ interval, limit: 1n + this.amount(scale * FACTORS[interval]) }))
  }
}

function poolCounter(scopeId: string): CounterKey {
  return counterKeyOf({ scopeKind: 'pool', scopeId, kind: 'credit', interval: 'lifetime', windowStart: LIFETIME_START })
}

const FACTORS: Readonly<Record<Interval, number>> = { daily: 1, weekly: 2, monthly: 3, lifetime: 6 }

function projectId(at: number, name: string): string {
  return `00000000-0000-4000-8000-00000000${name === 'a' ? 'aa' : 'bb'}0${at}`
}

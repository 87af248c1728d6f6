import { isDeepStrictEqual } from 'node:util'
import type { CreditPool } from '../../contract/management/workspace-funding.ts'
import type { NanoUsd } from '../../domain/money.ts'
import type { Interval } from '../../domain/windows.ts'
import { Revisions } from './revisions.ts'

export interface Budget {
  interval: Interval
  limit: NanoUsd
}

export interface ProjectLimits {
  id: string
  slug: string
  /** The broadest window first. */
  budgets: readonly Budget[]
}

/** What a workspace may spend, and those in it. */
export interface WorkspaceLimits {
  workspaceId: string
  organizationId: string
  creditPool: CreditPool
  /** What of the shared balance nobody else may take. */
  reserved: NanoUsd
  requiresProject: boolean
  /** Whether its budgets and those of its projects and members count BYOK spend. */
  includesByok: boolean
  /** The broadest window first. */
  budgets: readonly Budget[]
  projects: readonly ProjectLimits[]
  /** By user; who is missing has no limit. */
  members: ReadonlyMap<string, Budget>
}

/** The limits of all workspaces, in memory. */
export class SpendLimits {
  readonly #workspaces = new Map<string, WorkspaceLimits>()
  /** By workspace, then by slug and by id. */
  readonly #projects = new Map<string, Map<string, ProjectLimits>>()
  readonly #reserved = new Map<string, NanoUsd>()
  readonly #revisions = new Revisions()

  /** How often the limits of an organization's workspaces have changed. */
  revisionOf(organizationId: string): number {
    return this.#revisions.of(organizationId)
  }

  find(workspaceId: string): WorkspaceLimits | undefined {
    return this.#workspaces.get(workspaceId)
  }

  put(limits: WorkspaceLimits): void {
    // Most changes of a workspace are none of its limits, and what was resolved stays so.
    if (isDeepStrictEqual(this.#workspaces.get(limits.workspaceId), limits)) return
    this.#workspaces.set(limits.workspaceId, limits)
    const names = limits.projects.flatMap((project) =>
      [project.slug, project.id].map((name) => [name, project] as const),
    )
    this.#projects.set(limits.workspaceId, new Map(names))
    this.#changed(limits)
  }

  remove(workspaceId: string): void {
    this.#projects.delete(workspaceId)
    const limits = this.#workspaces.get(workspaceId)
    this.#workspaces.delete(workspaceId)
    if (limits) this.#changed(limits)
  }

  /** By slug or id. */
  findProject(workspaceId: string, name: string): ProjectLimits | undefined {
    return this.#projects.get(workspaceId)?.get(name)
  }

  /** What the other workspaces of its organization keep of the shared balance for themselves. */
  reservedByOthers({ organizationId, reserved }: WorkspaceLimits): NanoUsd {
    return this.reservedIn(organizationId) - reserved
  }

  /** What all workspaces of an organization keep of the shared balance for themselves. */
  reservedIn(organizationId: string): NanoUsd {
    const known = this.#reserved.get(organizationId)
    const total = known ?? this.#sumReserved(organizationId)
    this.#reserved.set(organizationId, total)
    return total
  }

  #sumReserved(organizationId: string): NanoUsd {
    let total = 0n
    for (const limits of this.#workspaces.values()) {
      if (limits.organizationId === organizationId && limits.creditPool === 'shared') total += limits.reserved
    }
    return total
  }

  #changed({ organizationId }: WorkspaceLimits): void {
    this.#revisions.next(organizationId)
    this.#reserved.delete(organizationId)
  }
}

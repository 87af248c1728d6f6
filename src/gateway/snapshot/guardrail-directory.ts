import { isDeepStrictEqual } from 'node:util'
import type { Catalogue } from '../../domain/catalogue.ts'
import { type CatalogueNames, namesOf } from '../../domain/catalogue-names.ts'
import { type GuardrailInForce, putInForce } from '../../domain/guardrail-in-force.ts'
import type { Guardrail, GuardrailLayer } from '../../domain/guardrail-merge.ts'
import { Revisions } from './revisions.ts'

/** The guardrails that a workspace has, and to which members they are assigned. Those of keys are noted at the keys. */
export interface WorkspaceGuardrails {
  workspaceId: string
  organizationId: string
  defaultId: string | null
  guardrails: readonly Guardrail[]
  members: readonly MemberGuardrail[]
}

export interface MemberGuardrail {
  userId: string
  guardrailId: string
  /** In every workspace, and not only in the guardrail's own. */
  isEverywhere: boolean
}

/** What holds in all workspaces of an organization. */
export interface OrganizationCeiling {
  organizationId: string
  policy: Guardrail | null
  /** Which the prompt-injection detector lets pass. */
  phrases: readonly string[]
}

/** For whom something is asked: a key, mostly. One without owner has no member's guardrail. */
export interface GuardrailSubject {
  organizationId: string
  workspaceId: string | null
  creatorUserId: string | null
  guardrailId: string | null
}

/**
 * All guardrails with what they are assigned to, in memory. What holds for a key is put together when it is first asked for
 * and kept until anything of its organization, or the catalogue it sees, is replaced; keys for which the same layers hold share it.
 */
export class GuardrailDirectory {
  readonly #organizations = new Map<string, OrganizationGuardrails>()
  readonly #revisions = new Revisions()

  /** Null when nothing restricts the key. `catalogue` is the one it sees. The same key is to be the same object. */
  of(key: GuardrailSubject, catalogue: Catalogue): GuardrailInForce | null {
    return this.#organizations.get(key.organizationId)?.of(key, catalogue) ?? null
  }

  /** From the widest to the narrowest. */
  layersOf(subject: GuardrailSubject): GuardrailLayer[] {
    return this.#organizations.get(subject.organizationId)?.layersOf(subject) ?? []
  }

  has(organizationId: string, guardrailId: string): boolean {
    return this.#organizations.get(organizationId)?.has(guardrailId) === true
  }

  /** How often the guardrails of an organization's workspaces have changed. */
  revisionOf(organizationId: string): number {
    return this.#revisions.of(organizationId)
  }

  putWorkspace(workspace: WorkspaceGuardrails): void {
    const { organizationId, guardrails } = workspace
    if (guardrails.length === 0 && !this.#organizations.has(organizationId)) return
    if (this.#organization(organizationId).putWorkspace(workspace)) this.#revisions.next(organizationId)
    this.#forgetIfEmpty(organizationId)
  }

  putCeiling(ceiling: OrganizationCeiling): void {
    this.#organization(ceiling.organizationId).putCeiling(ceiling)
    this.#forgetIfEmpty(ceiling.organizationId)
  }

  #organization(id: string): OrganizationGuardrails {
    const known = this.#organizations.get(id) ?? new OrganizationGuardrails(id)
    this.#organizations.set(id, known)
    return known
  }

  /** So that the keys of an organization without guardrails pay for one look-up and no more. */
  #forgetIfEmpty(id: string): void {
    if (this.#organizations.get(id)?.isEmpty === true) this.#organizations.delete(id)
  }
}

type Kept = { catalogue: Catalogue; guardrail: GuardrailInForce | null }

class OrganizationGuardrails {
  #ceiling: OrganizationCeiling
  readonly #workspaces = new Map<string, WorkspaceGuardrails>()
  /** By workspace and user: what is assigned to a member for there alone. */
  readonly #here = new Map<string, string>()
  readonly #byId = new Map<string, Guardrail>()
  /** By user; a member has at most one that holds everywhere. */
  readonly #everywhere = new Map<string, { guardrailId: string; workspaceId: string }>()
  readonly #names = new WeakMap<Catalogue, CatalogueNames>()
  #ofKeys = new WeakMap<GuardrailSubject, Kept>()
  /** By the workspace and the layers. */
  readonly #shared = new Map<string, Kept>()

  constructor(organizationId: string) {
    this.#ceiling = { organizationId, policy: null, phrases: [] }
  }

  get isEmpty(): boolean {
    const { policy, phrases } = this.#ceiling
    return policy === null && phrases.length === 0 && this.#byId.size === 0
  }

  has(guardrailId: string): boolean {
    return this.#byId.has(guardrailId)
  }

  of(key: GuardrailSubject, catalogue: Catalogue): GuardrailInForce | null {
    const known = this.#ofKeys.get(key)
    if (known !== undefined && known.catalogue === catalogue) return known.guardrail
    const guardrail = this.#resolve(key, catalogue)
    this.#ofKeys.set(key, { catalogue, guardrail })
    return guardrail
  }

  #resolve(subject: GuardrailSubject, catalogue: Catalogue): GuardrailInForce | null {
    const layers = this.layersOf(subject)
    if (layers.length === 0) return null
    const signature = [subject.workspaceId, ...layers.map(({ scope, guardrail }) => `${scope} ${guardrail.id}`)].join()
    const known = this.#shared.get(signature)
    if (known !== undefined && known.catalogue === catalogue) return known.guardrail
    const guardrail = putInForce(layers, this.#namesOf(catalogue), this.#ceiling.phrases)
    this.#shared.set(signature, { catalogue, guardrail })
    return guardrail
  }

  layersOf({ workspaceId, creatorUserId, guardrailId }: GuardrailSubject): GuardrailLayer[] {
    const layers: GuardrailLayer[] = []
    const add = (scope: GuardrailLayer['scope'], guardrail: Guardrail | null | undefined, isEverywhere = false) => {
      if (guardrail) layers.push(isEverywhere ? { scope, guardrail, isEverywhere } : { scope, guardrail })
    }
    const find = (id: string | null | undefined) => (id ? this.#byId.get(id) : undefined)
    const workspace = workspaceId === null ? undefined : this.#workspaces.get(workspaceId)
    add('organization', this.#ceiling.policy)
    add('workspace', find(workspace?.defaultId))
    if (creatorUserId !== null) {
      add('member', find(this.#everywhere.get(creatorUserId)?.guardrailId), true)
      add('member', find(this.#here.get(`${workspaceId} ${creatorUserId}`)))
    }
    add('key', find(guardrailId))
    return layers
  }

  /** Whether anything is another now: most changes of a workspace are none of its guardrails, and what was made ready stays so. */
  putWorkspace(workspace: WorkspaceGuardrails): boolean {
    const { guardrails, workspaceId } = workspace
    const before = this.#workspaces.get(workspaceId)
    if (before === undefined ? guardrails.length === 0 : isDeepStrictEqual(before, workspace)) return false
    if (before !== undefined) this.#remove(before)
    for (const guardrail of guardrails) if (guardrail.id !== null) this.#byId.set(guardrail.id, guardrail)
    for (const { userId, guardrailId, isEverywhere } of workspace.members) {
      if (isEverywhere) this.#everywhere.set(userId, { guardrailId, workspaceId })
      else this.#here.set(`${workspaceId} ${userId}`, guardrailId)
    }
    if (guardrails.length > 0) this.#workspaces.set(workspaceId, workspace)
    this.#forgetResolved()
    return true
  }

  /** An assignment that holds everywhere may have been replaced meanwhile by one of another workspace, which stays. */
  #remove({ workspaceId, guardrails, members }: WorkspaceGuardrails): void {
    this.#workspaces.delete(workspaceId)
    for (const { id } of guardrails) if (id !== null) this.#byId.delete(id)
    for (const { userId } of members) {
      this.#here.delete(`${workspaceId} ${userId}`)
      if (this.#everywhere.get(userId)?.workspaceId === workspaceId) this.#everywhere.delete(userId)
    }
  }

  putCeiling(ceiling: OrganizationCeiling): void {
    if (isDeepStrictEqual(this.#ceiling, ceiling)) return
    this.#ceiling = ceiling
    this.#forgetResolved()
  }

  #forgetResolved(): void {
    this.#ofKeys = new WeakMap()
    this.#shared.clear()
  }

  #namesOf(catalogue: Catalogue): CatalogueNames {
    const names = this.#names.get(catalogue) ?? namesOf(catalogue)
    this.#names.set(catalogue, names)
    return names
  }
}

import type { KeyType } from '../../contract/common/permissions.ts'
import type { PresetBook, PresetInForce } from '../../domain/apply-preset.ts'
import type { CatalogueViews } from '../../domain/catalogue-views.ts'
import type { IoLogging } from '../../domain/io-logging.ts'
import type { IpRangeSet } from '../../domain/ip-ranges.ts'
import type { NanoUsd } from '../../domain/money.ts'
import type { PluginDefault } from '../../domain/plugins.ts'
import type { WorkspaceRates } from '../../domain/rate-limits.ts'
import type { SortBy } from '../../domain/routing/preferences.ts'
import type { Interval } from '../../domain/windows.ts'
import { ByokDirectory } from './byok-directory.ts'
import { GuardrailDirectory } from './guardrail-directory.ts'

/** What the hot path knows of a key. `hash` is the SHA-256 of its present secret, 64 hex digits. */
export interface KeySnapshot {
  id: bigint
  hash: string
  organizationId: string
  /** null for management keys. */
  workspaceId: string | null
  type: KeyType
  /** What it may; `*` is everything its creator may. Lists of the same type are one and the same list. */
  permissions: readonly string[]
  /** Networks it may be used from; null for every address. */
  allowedIps: IpRangeSet | null
  /** Patterns of the models it may call; null for every model. */
  allowedModels: readonly string[] | null
  /** Whether it may call models at all. */
  mayInfer: boolean
  disabled: boolean
  /** Requests a minute, 0 for no limit; null for those of its type or its member. */
  rateLimitRpm: number | null
  /** Requests that may run at a time; null for as many as there are. */
  concurrencyLimit: number | null
  /** Epoch milliseconds, null = never. */
  expiresAt: number | null
  limit: NanoUsd | null
  /** The window the limit counts in; `lifetime` when it never resets. */
  limitInterval: Interval
  /** Whether its limit counts BYOK spend. */
  includesByok: boolean
  /** The project that all its requests are for. */
  projectId: string | null
  creatorUserId: string | null
  /** Secrets it had before that are good yet. */
  retired: readonly RetiredSecret[]
  /** The use of its present secret ends those: it was delivered to where it is needed, or is on its way. */
  endsOverlapOnUse: boolean
  /** Which is assigned to it, or null. */
  guardrailId: string | null
}

export interface RetiredSecret {
  hash: string
  /** Epoch milliseconds. */
  validUntil: number
}

export interface WorkspaceSnapshot {
  id: string
  organizationId: string
  defaultTextModel: string | null
  defaultImageModel: string | null
  /** By what its requests sort endpoints; null for the gateway's own way. */
  defaultProviderSort: SortBy | null
  /** Null where nothing of what is asked and answered is kept. */
  ioLogging: IoLogging | null
  /** Null where traces of its requests are sent nowhere. */
  broadcast: BroadcastSnapshot | null
  /** What its requests get of plugins; null for nothing. */
  pluginDefaults: readonly PluginDefault[] | null
  /** Null where keys have the rates of their types. */
  rates: WorkspaceRates | null
  /** Networks its keys may be used from; null for every address. */
  allowedIps: IpRangeSet | null
  /** Members whose role lets them call no models any more, so that their keys don't either; null for nobody. */
  barredOwners: ReadonlySet<string> | null
  /** Origins of the pages that may call with its keys; null for none. */
  allowedOrigins: ReadonlySet<string> | null
}

export interface BroadcastSnapshot {
  /** Whether some destination gets, or looks at, what is asked and answered. */
  wantsContent: boolean
}

export interface OrganizationSnapshot {
  id: string
  /** Requests a minute to models that cost nothing, over all its keys; null for no limit. */
  freeModelsRpm: number | null
  /** The same on a UTC day, as what it has bought allows; null for no limit. */
  freeModelsPerDay: number | null
  /** Whether it was ever sold credits. */
  hasBoughtCredits: boolean
  /** Networks its keys may be used from; null for every address. */
  allowedIps: IpRangeSet | null
}

/**
 * Everything a decision needs, in memory. Entries are immutable and replaced one by one as changes arrive; catalogues
 * are replaced whole. A key that isn't here may still exist: see `KeyDirectory`.
 */
export class Snapshot {
  readonly #keys = new Map<string, KeySnapshot>()
  readonly #workspaces = new Map<string, WorkspaceSnapshot>()
  readonly #organizations = new Map<string, OrganizationSnapshot>()
  readonly #presets = new Map<string, PresetBook>()
  readonly catalogues: CatalogueViews
  readonly guardrails = new GuardrailDirectory()
  readonly byok = new ByokDirectory()

  constructor(catalogues: CatalogueViews) {
    this.catalogues = catalogues
  }

  findKey(hash: string): KeySnapshot | undefined {
    return this.#keys.get(hash)
  }

  findWorkspace(id: string): WorkspaceSnapshot | undefined {
    return this.#workspaces.get(id)
  }

  /** Under the hash of its secret and under those of earlier ones. */
  putKey(key: KeySnapshot): void {
    this.removeKey(key.hash)
    this.#keys.set(key.hash, key)
    for (const { hash } of key.retired) this.#keys.set(hash, key)
  }

  removeKey(hash: string): void {
    const known = this.#keys.get(hash)
    this.#keys.delete(hash)
    if (known?.hash === hash) for (const retired of known.retired) this.#keys.delete(retired.hash)
  }

  /** Each of them is looked up again when it is next used. */
  removeKeysOf(organizationId: string): void {
    for (const [hash, key] of this.#keys) if (key.organizationId === organizationId) this.#keys.delete(hash)
  }

  workspacesOf(organizationId: string): WorkspaceSnapshot[] {
    return [...this.#workspaces.values()].filter((workspace) => workspace.organizationId === organizationId)
  }

  /** Whether any workspace lets pages of this origin call. */
  isOriginNamed(origin: string): boolean {
    for (const { allowedOrigins } of this.#workspaces.values()) if (allowedOrigins?.has(origin) === true) return true
    return false
  }

  putWorkspace(workspace: WorkspaceSnapshot): void {
    this.#workspaces.set(workspace.id, workspace)
  }

  removeWorkspace(id: string): void {
    this.#workspaces.delete(id)
    this.#presets.delete(id)
  }

  /** Null where a workspace has none. */
  presetsOf(workspaceId: string): PresetBook | null {
    return this.#presets.get(workspaceId) ?? null
  }

  /** In place of all that the workspace had. */
  putPresets(workspaceId: string, presets: readonly PresetInForce[]): void {
    if (presets.length === 0) this.#presets.delete(workspaceId)
    else this.#presets.set(workspaceId, new Map(presets.map((preset) => [preset.slug, preset])))
  }

  findOrganization(id: string): OrganizationSnapshot | undefined {
    return this.#organizations.get(id)
  }

  organizations(): Iterable<OrganizationSnapshot> {
    return this.#organizations.values()
  }

  putOrganization(organization: OrganizationSnapshot): void {
    this.#organizations.set(organization.id, organization)
  }

  get keyCount(): number {
    return this.#keys.size
  }
}

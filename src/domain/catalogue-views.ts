import { buildCatalogue, type CatalogueSource, type PriceBookEntry, pricesOf } from './build-catalogue.ts'
import type { Catalogue, Model, Provider } from './catalogue.ts'

/*
 * One catalogue is everybody's. Organizations may have providers of their own beside it, each seen in all of their workspaces
 * or in some. Of providers that are called with customers' credentials alone, models are seen where there is one. What somebody sees is a catalogue like any other, put together when it is first asked for and kept until one of
 * its parts is replaced; where nothing private is seen it is the shared one itself.
 */

/** A provider of an organization's own, and one of everybody's that goes by its slug or its name. */
export interface NameClash {
  organizationId: string
  own: Provider
  shared: Provider
}

/** From where somebody looks; null is nobody in particular. */
export type Standpoint = { organizationId: string; workspaceIds: 'all' | readonly string[] } | null

/** Where there is a customer's credential for a provider; null is in all workspaces of the organization. */
export interface CredentialPlace {
  provider: string
  workspaceId: string | null
}

/** What one organization has. */
interface OwnParts {
  providers: CatalogueSource
  credentials: readonly CredentialPlace[]
}

const NO_PARTS: OwnParts = { providers: { providers: [], endpoints: [] }, credentials: [] }

/** The catalogue as it looks from each workspace. Its parts are replaced whole, between two requests. */
export class CatalogueViews {
  #shared: SharedCatalogue
  readonly #parts = new Map<string, OwnParts>()
  readonly #organizations = new Map<string, OrganizationViews>()

  constructor(shared: Catalogue) {
    this.#shared = toShared(shared)
  }

  /** What everybody sees. */
  get shared(): Catalogue {
    return this.#shared.open
  }

  replaceShared(shared: Catalogue): void {
    this.#shared = toShared(shared)
    for (const [id, parts] of this.#parts) this.#replace(id, parts)
  }

  /** `own`: all that the organization has beside the shared catalogue. Each of its providers has a visibility. */
  replacePrivate(organizationId: string, own: CatalogueSource): void {
    this.#replace(organizationId, { ...(this.#parts.get(organizationId) ?? NO_PARTS), providers: own })
  }

  /** `credentials`: all that its customers may call providers with. */
  replaceCredentials(organizationId: string, credentials: readonly CredentialPlace[]): void {
    const places = credentials.map(({ provider, workspaceId }) => ({ provider, workspaceId }))
    this.#replace(organizationId, { ...(this.#parts.get(organizationId) ?? NO_PARTS), credentials: places })
  }

  #replace(id: string, parts: OwnParts): void {
    const isNothing = parts.providers.providers.length + parts.credentials.length === 0
    if (isNothing) this.#parts.delete(id)
    else this.#parts.set(id, parts)
    const { byokOnly } = this.#shared
    const credentials = parts.credentials.filter(({ provider }) => byokOnly.some(({ slug }) => slug === provider))
    if (parts.providers.providers.length + credentials.length === 0) this.#organizations.delete(id)
    else this.#organizations.set(id, new OrganizationViews(this.#shared, { ...parts, credentials }))
  }

  /** The API refuses a name that is taken; the settings may take it later. Who sees the organization's own then sees no other. */
  clashes(): NameClash[] {
    return [...this.#organizations].flatMap(([organizationId, views]) =>
      views.own.providers.flatMap((own) =>
        namesakesOf([own], this.#shared.whole.providers).map((shared) => ({ organizationId, own, shared })),
      ),
    )
  }

  /** For a key of the workspace; of none, for one that has none. */
  ofWorkspace(organizationId: string, workspaceId: string | null): Catalogue {
    const views = this.#organizations.get(organizationId)
    return views === undefined || workspaceId === null ? this.#shared.open : views.ofWorkspace(workspaceId)
  }

  /** All that is seen in at least one of the workspaces. */
  seenFrom(standpoint: Standpoint): Catalogue {
    const views = standpoint === null ? undefined : this.#organizations.get(standpoint.organizationId)
    return views === undefined || standpoint === null ? this.#shared.open : views.seenFrom(standpoint.workspaceIds)
  }
}

/** The prices of an organization's own providers, and the version they are known by. */
export function privatePrices(own: CatalogueSource): { version: string; prices: PriceBookEntry[] } {
  const catalogue = buildCatalogue([own])
  return { version: catalogue.priceVersion, prices: pricesOf(catalogue) }
}

interface SharedCatalogue {
  whole: Catalogue
  /** Without what is behind customers' credentials. */
  open: Catalogue
  byokOnly: readonly Provider[]
}

function toShared(whole: Catalogue): SharedCatalogue {
  const byokOnly = whole.providers.filter(({ isByokOnly }) => isByokOnly)
  return { whole, open: withoutModelsOf(whole, byokOnly), byokOnly }
}

/** The providers stay, so that who has no credential for one yet can bring it. */
function withoutModelsOf(catalogue: Catalogue, providers: readonly Provider[]): Catalogue {
  if (providers.length === 0) return catalogue
  return Object.freeze({ ...catalogue, models: new Map(without(catalogue.models, new Set(providers))) })
}

class OrganizationViews {
  readonly own: CatalogueSource
  readonly #shared: SharedCatalogue
  readonly #credentials: readonly CredentialPlace[]
  readonly #priceVersion: string
  readonly #byWorkspace = new Map<string, Catalogue>()
  /** By the providers seen, because most workspaces see the same ones. */
  readonly #byProviders = new Map<string, Catalogue>()

  constructor(shared: SharedCatalogue, { providers, credentials }: OwnParts) {
    this.own = providers
    this.#shared = shared
    this.#credentials = credentials
    this.#priceVersion = `${shared.whole.priceVersion}+${privatePrices(providers).version}`
  }

  ofWorkspace(id: string): Catalogue {
    const known = this.#byWorkspace.get(id)
    if (known !== undefined) return known
    const view = this.seenFrom([id])
    this.#byWorkspace.set(id, view)
    return view
  }

  seenFrom(workspaceIds: 'all' | readonly string[]): Catalogue {
    const providers = this.own.providers.filter(({ visibility }) => isSeenFrom(visibility, workspaceIds))
    const { byokOnly, open, whole } = this.#shared
    const closed = byokOnly.filter(({ slug }) => !this.#hasCredential(slug, workspaceIds))
    const isOpen = closed.length === byokOnly.length
    if (providers.length === 0 && isOpen) return open
    const name = [providers, closed].map((list) => list.map(({ slug }) => slug).join(' ')).join(' without ')
    const known = this.#byProviders.get(name)
    if (known !== undefined) return known
    const shared = isOpen ? open : withoutModelsOf(whole, closed)
    const view = providers.length === 0 ? shared : this.#join(providers, shared)
    this.#byProviders.set(name, view)
    return view
  }

  #hasCredential(slug: string, workspaceIds: 'all' | readonly string[]): boolean {
    const isSeen = ({ workspaceId }: CredentialPlace) =>
      workspaceIds === 'all' || (workspaceId === null ? workspaceIds.length > 0 : workspaceIds.includes(workspaceId))
    return this.#credentials.some((one) => one.provider === slug && isSeen(one))
  }

  /** A model that both have keeps what the shared catalogue says of it, and gets the private endpoints before the others. A
   *  shared provider with a name that one of these has isn't there at all, so that a name means one provider. */
  #join(providers: readonly Provider[], base: Catalogue): Catalogue {
    const slugs = new Set(providers.map(({ slug }) => slug))
    const endpoints = this.own.endpoints.filter(({ providerSlug }) => slugs.has(providerSlug))
    const own = buildCatalogue([{ providers, endpoints }])
    const hidden = new Set(namesakesOf(providers, base.providers))
    const models = new Map<string, Model>(without(base.models, hidden))
    for (const model of own.models.values()) {
      const shared = models.get(model.id)
      const joined = shared && Object.freeze({ ...shared, endpoints: [...model.endpoints, ...shared.endpoints] })
      models.set(model.id, joined ?? model)
    }
    return Object.freeze({
      priceVersion: this.#priceVersion,
      models,
      providers: Object.freeze([...base.providers.filter((one) => !hidden.has(one)), ...own.providers]),
    })
  }
}

/** Preferences and guardrails take slug and name for the same, whatever the case. */
function namesakesOf(own: readonly Provider[], shared: readonly Provider[]): Provider[] {
  const names = new Set(own.flatMap(namesOf))
  return shared.filter((provider) => namesOf(provider).some((name) => names.has(name)))
}

function namesOf({ slug, name }: Provider): string[] {
  return [slug, name.toLowerCase()]
}

/** The models as they are when the providers aren't there. */
function without(models: ReadonlyMap<string, Model>, hidden: ReadonlySet<Provider>): Iterable<[string, Model]> {
  if (hidden.size === 0) return models
  return [...models].flatMap(([id, model]): [string, Model][] => {
    const endpoints = model.endpoints.filter(({ provider }) => !hidden.has(provider))
    if (endpoints.length === model.endpoints.length) return [[id, model]]
    return endpoints.length === 0 ? [] : [[id, Object.freeze({ ...model, endpoints })]]
  })
}

function isSeenFrom(visibility: Provider['visibility'], workspaceIds: 'all' | readonly string[]): boolean {
  if (workspaceIds === 'all') return true
  if (visibility?.workspaceIds == null) return workspaceIds.length > 0
  return visibility.workspaceIds.some((id) => workspaceIds.includes(id))
}

import { buildCatalogue, type CatalogueSource, type PriceBookEntry, pricesOf } from './build-catalogue.ts'
import type { Catalogue, Model, Provider } from './catalogue.ts'

/*
 * One catalogue is everybody's. Organizations may have providers of their own beside it, each seen in all of their workspaces
 * or in some. What somebody sees is a catalogue like any other, put together when it is first asked for and kept until one of
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

/** The catalogue as it looks from each workspace. Its parts are replaced whole, between two requests. */
export class CatalogueViews {
  #shared: Catalogue
  readonly #organizations = new Map<string, OrganizationViews>()

  constructor(shared: Catalogue) {
    this.#shared = shared
  }

  /** What everybody sees. */
  get shared(): Catalogue {
    return this.#shared
  }

  replaceShared(shared: Catalogue): void {
    this.#shared = shared
    for (const [id, { own }] of this.#organizations) this.#organizations.set(id, new OrganizationViews(shared, own))
  }

  /** `own`: all that the organization has beside the shared catalogue. Each of its providers has a visibility. */
  replacePrivate(organizationId: string, own: CatalogueSource): void {
    if (own.providers.length === 0) this.#organizations.delete(organizationId)
    else this.#organizations.set(organizationId, new OrganizationViews(this.#shared, own))
  }

  /** The API refuses a name that is taken; the settings may take it later. Who sees the organization's own then sees no other. */
  clashes(): NameClash[] {
    return [...this.#organizations].flatMap(([organizationId, views]) =>
      views.own.providers.flatMap((own) =>
        namesakesOf([own], this.#shared.providers).map((shared) => ({ organizationId, own, shared })),
      ),
    )
  }

  /** For a key of the workspace; of none, for one that has none. */
  ofWorkspace(organizationId: string, workspaceId: string | null): Catalogue {
    const views = this.#organizations.get(organizationId)
    return views === undefined || workspaceId === null ? this.#shared : views.ofWorkspace(workspaceId)
  }

  /** All that is seen in at least one of the workspaces. */
  seenFrom(standpoint: Standpoint): Catalogue {
    const views = standpoint === null ? undefined : this.#organizations.get(standpoint.organizationId)
    return views === undefined || standpoint === null ? this.#shared : views.seenFrom(standpoint.workspaceIds)
  }
}

/** The prices of an organization's own providers, and the version they are known by. */
export function privatePrices(own: CatalogueSource): { version: string; prices: PriceBookEntry[] } {
  const catalogue = buildCatalogue([own])
  return { version: catalogue.priceVersion, prices: pricesOf(catalogue) }
}

class OrganizationViews {
  readonly own: CatalogueSource
  readonly #shared: Catalogue
  readonly #priceVersion: string
  readonly #byWorkspace = new Map<string, Catalogue>()
  /** By the providers seen, because most workspaces see the same ones. */
  readonly #byProviders = new Map<string, Catalogue>()

  constructor(shared: Catalogue, own: CatalogueSource) {
    this.own = own
    this.#shared = shared
    this.#priceVersion = `${shared.priceVersion}+${privatePrices(own).version}`
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
    if (providers.length === 0) return this.#shared
    const name = providers.map(({ slug }) => slug).join(' ')
    const known = this.#byProviders.get(name)
    if (known !== undefined) return known
    const view = this.#join(providers)
    this.#byProviders.set(name, view)
    return view
  }

  /** A model that both have keeps what the shared catalogue says of it, and gets the private endpoints before the others. A
   *  shared provider with a name that one of these has isn't there at all, so that a name means one provider. */
  #join(providers: readonly Provider[]): Catalogue {
    const slugs = new Set(providers.map(({ slug }) => slug))
    const endpoints = this.own.endpoints.filter(({ providerSlug }) => slugs.has(providerSlug))
    const own = buildCatalogue([{ providers, endpoints }])
    const hidden = new Set(namesakesOf(providers, this.#shared.providers))
    const models = new Map<string, Model>(without(this.#shared.models, hidden))
    for (const model of own.models.values()) {
      const shared = models.get(model.id)
      const joined = shared && Object.freeze({ ...shared, endpoints: [...model.endpoints, ...shared.endpoints] })
      models.set(model.id, joined ?? model)
    }
    return Object.freeze({
      priceVersion: this.#priceVersion,
      models,
      providers: Object.freeze([...this.#shared.providers.filter((one) => !hidden.has(one)), ...own.providers]),
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

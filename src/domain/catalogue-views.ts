import { buildCatalogue, type CatalogueSource, type PriceBookEntry, pricesOf } from './build-catalogue.ts'
import type { Catalogue, Model, Provider } from './catalogue.ts'

/*
 * One catalogue is everybody's. Organizations may have providers of their own beside it, each seen in all of their workspaces
 * or in some. What somebody sees is a catalogue like any other, put together when it is first asked for and kept until one of
 * its parts is replaced; where nothing private is seen it is the shared one itself.
 */

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

  /** A model that both have keeps what the shared catalogue says of it, and gets the private endpoints before the others. */
  #join(providers: readonly Provider[]): Catalogue {
    const slugs = new Set(providers.map(({ slug }) => slug))
    const endpoints = this.own.endpoints.filter(({ providerSlug }) => slugs.has(providerSlug))
    const own = buildCatalogue([{ providers, endpoints }])
    const models = new Map<string, Model>(this.#shared.models)
    for (const model of own.models.values()) {
      const shared = models.get(model.id)
      const joined = shared && Object.freeze({ ...shared, endpoints: [...model.endpoints, ...shared.endpoints] })
      models.set(model.id, joined ?? model)
    }
    return Object.freeze({
      priceVersion: this.#priceVersion,
      models,
      providers: Object.freeze([...this.#shared.providers, ...own.providers]),
    })
  }
}

function isSeenFrom(visibility: Provider['visibility'], workspaceIds: 'all' | readonly string[]): boolean {
  if (workspaceIds === 'all') return true
  if (visibility?.workspaceIds == null) return workspaceIds.length > 0
  return visibility.workspaceIds.some((id) => workspaceIds.includes(id))
}

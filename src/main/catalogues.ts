import type { Catalogue } from '../domain/catalogue.ts'
import { CatalogueViews } from '../domain/catalogue-views.ts'
import type { Observe } from '../observe/observation.ts'
import { systemClock as clock } from '../platform/clock.ts'
import { loadCustomProviders } from '../store/load-custom-providers.ts'
import type { Store } from '../store/open-store.ts'
import { listOwnersOfProviders } from '../store/queries/custom-providers.ts'

export interface Catalogues {
  views: CatalogueViews
  /** Puts what every organization added beside the shared catalogue. */
  loadPrivate: () => Promise<void>
  /** Reads again what one organization added. */
  refreshPrivate: (organizationId: string) => Promise<void>
  /** Takes a new shared catalogue over. */
  replaceShared: (shared: Catalogue) => void
}

const HIDES =
  "An organization's own provider has the slug or the name of one of the installation's, which is hidden from those who see it"

/** The catalogues in memory: `shared` is of the settings, what organizations added is in the database. */
export function createCatalogues(shared: Catalogue, { database, sealer }: Store, observe: Observe): Catalogues {
  const db = database.kysely
  const views = new CatalogueViews(shared)
  const told = new Set<string>()
  const tellClashes = () => {
    for (const { organizationId, own, shared } of views.clashes()) {
      const clash = JSON.stringify([organizationId, own.slug, own.name, shared.slug, shared.name])
      if (told.has(clash)) continue
      told.add(clash)
      observe({ type: 'provider_name_taken', organizationId, own: own.slug, shared: shared.slug, message: HIDES })
    }
  }
  const readPrivate = async (organizationId: string) => {
    const own = await loadCustomProviders({ db, sealer, observe, now: clock.now }, organizationId)
    views.replacePrivate(organizationId, own)
  }
  const refreshPrivate = async (organizationId: string) => {
    await readPrivate(organizationId)
    tellClashes()
  }
  const loadPrivate = async () => {
    for (const organizationId of await listOwnersOfProviders(db)) await readPrivate(organizationId)
    tellClashes()
  }
  const replaceShared = (next: Catalogue) => {
    views.replaceShared(next)
    tellClashes()
  }
  return { views, loadPrivate, refreshPrivate, replaceShared }
}

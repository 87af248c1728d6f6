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
}

/** The catalogues in memory: `shared` is of the settings, what organizations added is in the database. */
export function createCatalogues(shared: Catalogue, { database, sealer }: Store, observe: Observe): Catalogues {
  const db = database.kysely
  const views = new CatalogueViews(shared)
  const refreshPrivate = async (organizationId: string) => {
    const own = await loadCustomProviders({ db, sealer, observe, now: clock.now }, organizationId)
    views.replacePrivate(organizationId, own)
  }
  const loadPrivate = async () => {
    for (const organizationId of await listOwnersOfProviders(db)) await refreshPrivate(organizationId)
  }
  return { views, loadPrivate, refreshPrivate }
}

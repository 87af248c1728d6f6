import type { CatalogueSource } from '../domain/build-catalogue.ts'
import type { Provider } from '../domain/catalogue.ts'
import { privatePrices } from '../domain/catalogue-views.ts'
import { toEndpointSource } from '../domain/described-model.ts'
import { quirksOfAddress } from '../domain/provider-quirks.ts'
import type { Observe } from '../observe/observation.ts'
import { allCustomProviderRows, type CustomProviderRow } from './queries/custom-providers.ts'
import { type Db, toIso } from './schema.ts'
import type { SealedPlace, Sealer } from './sealer.ts'

/** Where the credential of a provider is sealed. */
export function placeOfProviderKey(id: string): SealedPlace {
  return { table: 'custom_provider', row: id, column: 'sealed_key' }
}

/**
 * The providers that an organization added, with their credentials opened, as one source of the catalogue; what their prices
 * were is in the database before anything can be charged by them. One that can't be opened is left out and told of: the
 * others shall go on.
 */
export async function loadCustomProviders(
  { db, sealer, observe, now }: { db: Db; sealer: Sealer; observe: Observe; now: () => number },
  organizationId: string,
): Promise<CatalogueSource> {
  const sources: CatalogueSource[] = []
  for (const row of await allCustomProviderRows(db, organizationId)) {
    try {
      const apiKey =
        row.sealed_key === null
          ? null
          : await sealer.unseal(db, organizationId, placeOfProviderKey(row.id), row.sealed_key)
      const endpoints = row.models.map((model) => toEndpointSource(row.slug, model))
      sources.push({ providers: [toProvider(row, apiKey)], endpoints })
    } catch (error) {
      observe({ type: 'custom_provider_left_out', id: row.id, message: String(error) })
    }
  }
  const own = {
    providers: sources.flatMap(({ providers }) => providers),
    endpoints: sources.flatMap(({ endpoints }) => endpoints),
  }
  if (own.endpoints.length > 0) await insertCustomPriceBook(db, organizationId, { ...privatePrices(own), now: now() })
  return own
}

function toProvider(row: CustomProviderRow, apiKey: string | null): Provider {
  const quirks = quirksOfAddress(row.base_url)
  return Object.freeze({
    slug: row.slug,
    name: row.name,
    dialect: row.dialect,
    baseUrl: row.base_url,
    ...(quirks === undefined ? {} : { quirks }),
    apiKey,
    isFromConfigFile: false,
    visibility: Object.freeze({ organizationId: row.organization_id, workspaceIds: row.workspace_ids }),
    dataPolicy: Object.freeze({ training: row.may_train, retainsPrompts: row.retains_prompts }),
    dataRegion: row.data_region,
    privacyPolicyUrl: row.privacy_policy_url,
    termsOfServiceUrl: row.terms_of_service_url,
    statusPageUrl: row.status_page_url,
  })
}

/** Apart from the shared book, because one organization's prices are none of another's affair. */
async function insertCustomPriceBook(
  db: Db,
  organizationId: string,
  book: { version: string; prices: object[]; now: number },
): Promise<void> {
  await db
    .insertInto('custom_price_book')
    .values({
      organization_id: organizationId,
      version: book.version,
      prices: JSON.stringify(book.prices),
      created_at: toIso(book.now),
    })
    .onConflict((conflict) => conflict.columns(['organization_id', 'version']).doNothing())
    .execute()
}

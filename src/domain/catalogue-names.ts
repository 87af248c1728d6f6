import type { Catalogue, Model } from './catalogue.ts'

/** How names are brought to one spelling before they are compared. */
export interface CatalogueNames {
  /** The canonical slug of a model that is known by this or another name; what isn't known stays as it is. */
  model: (name: string) => string
  /** The slug of a provider that is known by slug or display name. */
  provider: (name: string) => string
}

export function namesOf(catalogue: Pick<Catalogue, 'models' | 'providers'>): CatalogueNames {
  const bySlug = new Map<string, Model>()
  for (const model of catalogue.models.values()) {
    bySlug.set(model.canonicalSlug.toLowerCase(), model)
    bySlug.set(model.id.toLowerCase(), model)
  }
  const providers = new Map(
    catalogue.providers.flatMap(({ slug, name }) => [
      [name.toLowerCase(), slug],
      [slug.toLowerCase(), slug],
    ]),
  )
  return {
    model: (name) => bySlug.get(name.toLowerCase())?.canonicalSlug ?? name,
    provider: (name) => providers.get(name.toLowerCase()) ?? name,
  }
}

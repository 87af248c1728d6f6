import type {
  countModels,
  getModel,
  listEmbeddingsModels,
  listEndpoints,
  listEndpointsZdr,
  listModels,
  listProviders,
  listUserModels,
} from '../../contract/inference/catalogue.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import type { Catalogue, Model } from '../../domain/catalogue.ts'
import type { EndpointFigures } from '../../domain/endpoint-trials.ts'
import { familyOf, latestModels, parseLatest } from '../../domain/latest-models.ts'
import { modelsLeft } from '../../domain/plan.ts'
import { findMeantModel } from '../../domain/routing/model-names.ts'
import { tiersOf } from '../../domain/routing/service-tiers.ts'
import { filterModels, keepsNothing, type ListedModel, type Moment, sortModels } from '../../domain/select-models.ts'
import type { MemoryContext } from '../context.ts'
import { architectureToWire, endpointToWire, modelToWire } from './model-wire.ts'

const PAGE_SIZE = 500
/** What a request may put behind a model's id without meaning another model. */
const DYNAMIC_VARIANT = /(:(nitro|floor|exacto))+$/
/** What stands for a plugin, and means no model. */
const PLUGIN_VARIANT = /:online(:|$)/

type Query = Readonly<Record<string, string | number | undefined>>

/** Everything, unless the caller pages: with an offset or a limit it gets a page and the link to the next one. */
export const handleListModels: HandlerOf<typeof listModels, MemoryContext> = async (input, context) => {
  const { offset, limit, sort, ...filter } = input
  const found = filterModels(listed(context.catalogue.models.values()), filter, momentOf(context))
  const models = sort === undefined ? found : sortModels(found, sort, momentOf(context).measures)
  if (offset === undefined && limit === undefined) return pageOfModels(models, '', { limit: models.length })
  return pageOfModels(models, '/api/v1/models', input)
}

/** Asks the functions that decide about a call, of the key that asks. */
export const handleListUserModels: HandlerOf<typeof listUserModels, MemoryContext> = async (input, context) => {
  const { actor, catalogue } = context
  if (actor.kind !== 'key' && actor.kind !== 'management_key')
    throw new AppError('forbidden', 'This needs an API key; a session has none')
  const models = modelsLeft(catalogue.models.values(), context.restrictionsOf(actor))
  return pageOfModels(listed(models), '/api/v1/models/user', input)
}

export const handleListEmbeddingsModels: HandlerOf<typeof listEmbeddingsModels, MemoryContext> = async (
  input,
  context,
) => {
  const filter = { output_modalities: 'embeddings' }
  const models = filterModels(listed(context.catalogue.models.values()), filter, momentOf(context))
  return pageOfModels(models, '/api/v1/embeddings/models', input)
}

/** Each model under its id, then the newest of each family once more under the name that stands for it. */
function listed(models: Iterable<Model>): ListedModel[] {
  const own = [...models]
  const aliases = [...latestModels(own)].filter(([id]) => !own.some((model) => model.id === id))
  return [
    ...own.map((model) => ({ id: model.id, model, isAlias: false })),
    ...aliases.map(([id, model]) => ({ id, model, isAlias: true })),
  ]
}

function momentOf({ figuresOf, now }: MemoryContext): Moment {
  const best = (model: Model, figure: (figures: EndpointFigures) => number | undefined, pick: typeof Math.max) => {
    const known = model.endpoints.flatMap(({ id }) => figure(figuresOf(id)) ?? [])
    return known.length === 0 ? null : pick(...known)
  }
  return {
    now,
    measures: {
      throughput: (model) => best(model, ({ throughput30m }) => throughput30m?.p50, Math.max),
      latency: (model) => best(model, ({ latency30m }) => latency30m?.p50, Math.min),
      toolSuccess: (model) => best(model, ({ toolQuality }) => toolQuality ?? undefined, Math.max),
    },
  }
}

function isForEverybody({ actor }: MemoryContext): boolean {
  return actor.kind === 'anonymous'
}

/** The link to the next page asks for the same with another offset. */
function pageOfModels(models: readonly ListedModel[], path: string, query: Query) {
  const { offset = 0, limit = PAGE_SIZE, ...rest } = query as Query & { offset?: number; limit?: number }
  const end = offset + limit
  const isLast = end >= models.length
  return {
    data: models.slice(offset, end).map(modelToWire),
    total_count: models.length,
    links: { next: isLast ? null : `${path}?${textOf({ ...rest, offset: end, limit })}` },
  }
}

function textOf(query: Query): string {
  const asked = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) asked.set(name, String(value))
  return asked.toString()
}

export const handleCountModels: HandlerOf<typeof countModels, MemoryContext> = async (input, context) => ({
  data: { count: filterModels(listed(context.catalogue.models.values()), input, momentOf(context)).length },
})

export const handleGetModel: HandlerOf<typeof getModel, MemoryContext> = async (input, context) => ({
  data: modelToWire(getListed(context.catalogue, input)),
})

export const handleListEndpointsZdr: HandlerOf<typeof listEndpointsZdr, MemoryContext> = async (_input, context) => ({
  data: [...context.catalogue.models.values()].flatMap((model) =>
    model.endpoints
      .filter(keepsNothing)
      .map((endpoint) => endpointToWire(model, endpoint, context.figuresOf(endpoint.id), isForEverybody(context))),
  ),
})

export const handleListEndpoints: HandlerOf<typeof listEndpoints, MemoryContext> = async (input, context) => {
  const { model } = getListed(context.catalogue, input)
  return {
    data: {
      id: model.id,
      name: model.name,
      created: model.created,
      description: model.description,
      architecture: architectureToWire(model),
      endpoints: [...model.endpoints, ...model.endpoints.flatMap(tiersOf)].map((endpoint) =>
        endpointToWire(model, endpoint, context.figuresOf(endpoint.id), isForEverybody(context)),
      ),
    },
  }
}

export const handleListProviders: HandlerOf<typeof listProviders, MemoryContext> = async (_input, context) => ({
  data: context.catalogue.providers.map((provider) => ({
    name: provider.name,
    slug: provider.slug,
    privacy_policy_url: provider.privacyPolicyUrl,
    terms_of_service_url: provider.termsOfServiceUrl,
    status_page_url: provider.statusPageUrl,
  })),
})

/** By its id, by a name that stands for it now, and with what only says how it is to be routed left out. Throws `not_found`. */
function getListed({ models }: Catalogue, { author, slug }: { author: string; slug: string }): ListedModel {
  const id = `${author}/${slug}`
  const listedId = id.replace(DYNAMIC_VARIANT, '')
  const latest = parseLatest(listedId)
  const [target] = latest === undefined ? [] : familyOf(models.values(), latest)
  if (target) return { id: listedId, model: target, isAlias: true }
  const found = PLUGIN_VARIANT.test(id) ? undefined : findMeantModel(id, (name) => models.get(name))
  if (!found) throw new AppError('not_found', 'Model not found', { author, slug })
  return { id: listedId, model: found.model, isAlias: false }
}

import type {
  countModels,
  getModel,
  listEndpoints,
  listModels,
  listProviders,
  listUserModels,
} from '../../contract/inference/catalogue.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import type { Catalogue, Model } from '../../domain/catalogue.ts'
import { modelsLeft } from '../../domain/plan.ts'
import type { MemoryContext } from '../context.ts'
import { architectureToWire, endpointToWire, modelToWire } from './model-wire.ts'

const PAGE_SIZE = 500

/** Everything, unless the caller pages: with an offset or a limit it gets a page and the link to the next one. */
export const handleListModels: HandlerOf<typeof listModels, MemoryContext> = async (input, context) => {
  const wanted = input.supported_parameters?.split(',').map((name) => name.trim())
  const models = modelsWith(context.catalogue, input.output_modalities)
    .filter((model) => matches(model, input.q))
    .filter((model) => wanted === undefined || wanted.every((name) => supports(model, name)))
  const isPaged = input.offset !== undefined || input.limit !== undefined
  return isPaged ? pageOfModels(models, '/api/v1/models', input) : pageOfModels(models, '', { limit: models.length })
}

/** Asks the functions that decide about a call, of the key that asks. */
export const handleListUserModels: HandlerOf<typeof listUserModels, MemoryContext> = async (input, context) => {
  const { actor, catalogue } = context
  if (actor.kind !== 'key' && actor.kind !== 'management_key')
    throw new AppError('forbidden', 'This needs an API key; a session has none')
  const models = modelsLeft(catalogue.models.values(), context.restrictionsOf(actor))
  return pageOfModels(models, '/api/v1/models/user', input)
}

function pageOfModels(
  models: readonly Model[],
  path: string,
  page: { offset?: number | undefined; limit?: number | undefined },
) {
  const offset = page.offset ?? 0
  const limit = page.limit ?? PAGE_SIZE
  const end = offset + limit
  return {
    data: models.slice(offset, end).map(modelToWire),
    total_count: models.length,
    links: { next: end < models.length ? `${path}?offset=${end}&limit=${limit}` : null },
  }
}

export const handleCountModels: HandlerOf<typeof countModels, MemoryContext> = async (input, context) => ({
  data: { count: modelsWith(context.catalogue, input.output_modalities).length },
})

export const handleGetModel: HandlerOf<typeof getModel, MemoryContext> = async (input, context) => ({
  data: modelToWire(getModelOf(context.catalogue, input)),
})

export const handleListEndpoints: HandlerOf<typeof listEndpoints, MemoryContext> = async (input, context) => {
  const model = getModelOf(context.catalogue, input)
  return {
    data: {
      id: model.id,
      name: model.name,
      created: model.created,
      description: model.description,
      architecture: architectureToWire(model),
      endpoints: model.endpoints.map((endpoint) =>
        endpointToWire(model, endpoint, context.figuresOf(endpoint.id), context.actor.kind === 'anonymous'),
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

/** Throws `not_found`. */
function getModelOf(catalogue: Catalogue, { author, slug }: { author: string; slug: string }): Model {
  const model = catalogue.models.get(`${author}/${slug}`)
  if (!model) throw new AppError('not_found', 'Model not found', { author, slug })
  return model
}

/** Text models unless the caller names other output modalities, or `all`. */
function modelsWith(catalogue: Catalogue, modalities = 'text'): Model[] {
  const models = [...catalogue.models.values()]
  if (modalities === 'all') return models
  const wanted = modalities.split(',').map((name) => name.trim())
  return models.filter((model) => model.outputModalities.some((modality) => wanted.includes(modality)))
}

function matches(model: Model, text: string | undefined): boolean {
  if (text === undefined) return true
  const wanted = text.toLowerCase()
  return model.id.toLowerCase().includes(wanted) || model.name.toLowerCase().includes(wanted)
}

function supports(model: Model, parameter: string): boolean {
  return model.endpoints.some(({ supportedParameters }) => supportedParameters.includes(parameter))
}

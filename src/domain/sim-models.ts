import type { Endpoint, Model, Provider } from './catalogue.ts'
import { endpointId } from './endpoint-id.ts'
import type { Prices } from './pricing.ts'
import { toWirePricing } from './wire-prices.ts'

/*
 * Models of the built-in provider: `sim/echo`, `sim/lorem`, `sim/liar`, `sim/error-<status>`, `sim/slow-<ms>`,
 * `sim/cut-<chunks>`. The last three take any number; the catalogue lists some of them.
 */

const CREATED = 1_767_225_600
const CONTEXT_LENGTH = 1_000_000
const FREE: Prices = { prompt: 0n, completion: 0n }
/** $1 and $2 per million tokens. */
const LOREM: Prices = { prompt: 1_000_000_000n, completion: 2_000_000_000n }
const LISTED = [
  'echo',
  'lorem',
  'liar',
  'slow-1000',
  'cut-3',
  'error-400',
  'error-401',
  'error-429',
  'error-500',
  'error-503',
]
const PARAMETERS = [
  'max_completion_tokens',
  'max_tokens',
  'response_format',
  'structured_outputs',
  'tool_choice',
  'tools',
]

export const SIM_PROVIDER: Provider = Object.freeze({
  slug: 'sim',
  name: 'Switchyard Sim',
  dialect: 'openai-chat',
  baseUrl: 'sim:',
  apiKey: null,
  isFromConfigFile: false,
  visibility: null,
  dataPolicy: { training: false, retainsPrompts: false },
  dataRegion: 'global',
  privacyPolicyUrl: null,
  termsOfServiceUrl: null,
  statusPageUrl: null,
})

/** The built-in model of this id, listed or not; undefined for any other id. Always the same object for a listed one. */
export function findSimModel(id: string): Model | undefined {
  if (!id.startsWith('sim/')) return undefined
  const listed = SIM_MODELS.get(id)
  if (listed) return listed
  const name = id.slice('sim/'.length)
  const description = describe(name)
  return description === undefined ? undefined : toModel(name, description)
}

/** What a model of this name does, or undefined when there is none. */
function describe(name: string): string | undefined {
  if (name === 'echo') return 'Answers with the last text of the user. Free.'
  if (name === 'lorem')
    return 'Answers with up to 64 words. Costs $1 per million words of input and $2 per million of output.'
  if (name === 'liar') return 'Answers with 1,000 words whatever the bound of output tokens says. Costs as sim/lorem.'
  const [, kind, digits = ''] = /^(error|slow|cut)-(0|[1-9]\d{0,5})$/.exec(name) ?? []
  const number = Number(digits)
  if (kind === 'error') return number >= 400 && number <= 599 ? `Answers with HTTP status ${digits}. Free.` : undefined
  if (kind === 'slow') return number <= 600_000 ? `Waits ${digits} ms, then answers like sim/echo. Free.` : undefined
  if (kind === 'cut') return `Breaks the stream off after ${digits} chunks. Costs as sim/lorem.`
  return undefined
}

function toModel(name: string, description: string): Model {
  const id = `sim/${name}`
  const prices = name === 'lorem' || name === 'liar' || name.startsWith('cut-') ? LOREM : FREE
  const endpoint: Endpoint = {
    id: endpointId(SIM_PROVIDER, id),
    modelId: id,
    provider: SIM_PROVIDER,
    upstreamId: id,
    tag: SIM_PROVIDER.slug,
    prices,
    wirePricing: toWirePricing(prices),
    contextLength: CONTEXT_LENGTH,
    maxCompletionTokens: null,
    quantization: 'unknown',
    supportedParameters: PARAMETERS,
  }
  return {
    id,
    canonicalSlug: id,
    name: `Sim: ${name}`,
    created: CREATED,
    description,
    inputModalities: ['text'],
    outputModalities: ['text'],
    knowledgeCutoff: null,
    endpoints: [endpoint],
  }
}

/** The ones the catalogue lists, by id. */
export const SIM_MODELS: ReadonlyMap<string, Model> = new Map(
  LISTED.map((name) => [`sim/${name}`, toModel(name, describe(name) ?? '')]),
)

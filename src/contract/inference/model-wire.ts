import { z } from 'zod'
import { TOKEN_PRICE_KEYS, UNIT_PRICE_KEYS } from '../common/price-text.ts'
import { DefaultParameters, ModelBenchmarks, ModelReasoning } from './model-facts.ts'

/** Shapes of the catalogue's answers. Source: OpenRouter's OpenAPI document, Model and PublicPricing. */

const Price = z.string().optional()
const TokenPrices = Object.fromEntries(TOKEN_PRICE_KEYS.map((key) => [key, Price])) as Record<
  (typeof TOKEN_PRICE_KEYS)[number],
  typeof Price
>
const UnitPrices = Object.fromEntries(UNIT_PRICE_KEYS.map((key) => [key, Price])) as Record<
  (typeof UNIT_PRICE_KEYS)[number],
  typeof Price
>

/** Decimal strings of US dollars per token, or per one request, picture or search. */
export const Pricing = z.object({
  ...TokenPrices,
  ...UnitPrices,
  prompt: z.string(),
  completion: z.string(),
  /** Share taken off the whole, 0 to 1. */
  discount: z.number().optional(),
  /** Other prices for longer inputs, and for hours of the day as HHMM in UTC; of two that hold the later one counts. */
  overrides: z
    .array(
      z.object({
        ...TokenPrices,
        min_prompt_tokens: z.number().optional(),
        utc_start: z.number().optional(),
        utc_end: z.number().optional(),
      }),
    )
    .optional(),
})
export type PricingWire = z.output<typeof Pricing>

export const Architecture = z.object({
  modality: z.string().nullable(),
  input_modalities: z.array(z.string()),
  output_modalities: z.array(z.string()),
  tokenizer: z.string(),
  instruct_type: z.string().nullable(),
})

export const ModelWire = z.object({
  id: z.string(),
  canonical_slug: z.string(),
  name: z.string(),
  created: z.number().int(),
  description: z.string(),
  context_length: z.number().int().nullable(),
  architecture: Architecture,
  pricing: Pricing,
  top_provider: z.object({
    is_moderated: z.boolean(),
    context_length: z.number().int().nullable(),
    max_completion_tokens: z.number().int().nullable(),
  }),
  per_request_limits: z.null(),
  supported_parameters: z.array(z.string()),
  supported_voices: z.array(z.string()).nullable(),
  default_parameters: DefaultParameters.nullable(),
  knowledge_cutoff: z.string().nullable(),
  expiration_date: z.string().nullable(),
  hugging_face_id: z.string().nullable(),
  reasoning: ModelReasoning.optional(),
  benchmarks: ModelBenchmarks.optional(),
  /** The model that a name such as `~author/family-latest` stands for now. */
  alias_target: z.object({ name: z.string(), slug: z.string() }).optional(),
  links: z.object({ details: z.string() }),
})
export type ModelWire = z.output<typeof ModelWire>

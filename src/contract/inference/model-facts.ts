import { z } from 'zod'

/*
 * What may be told of a model beside its prices and bounds, by whoever describes it, as the catalogue shows it.
 * Source of the lists: OpenRouter's OpenAPI document.
 */

export const MODEL_CATEGORIES = [
  'programming',
  'roleplay',
  'marketing',
  'marketing/seo',
  'technology',
  'science',
  'translation',
  'legal',
  'finance',
  'health',
  'trivia',
  'academia',
] as const

/** Families of tokenizers. */
export const MODEL_GROUPS = [
  'Router',
  'Media',
  'Other',
  'GPT',
  'Claude',
  'Gemini',
  'Gemma',
  'Grok',
  'Cohere',
  'Nova',
  'Qwen',
  'Yi',
  'DeepSeek',
  'Mistral',
  'Llama2',
  'Llama3',
  'Llama4',
  'PaLM',
  'RWKV',
  'Qwen3',
] as const

const INSTRUCT_TYPES = [
  'none',
  'airoboros',
  'alpaca',
  'alpaca-modif',
  'chatml',
  'claude',
  'code-llama',
  'gemma',
  'llama2',
  'llama3',
  'mistral',
  'nemotron',
  'neural',
  'openchat',
  'phi3',
  'rwkv',
  'vicuna',
  'zephyr',
  'deepseek-r1',
  'deepseek-v3.1',
  'qwq',
  'qwen3',
] as const

const REASONING_EFFORTS = ['max', 'xhigh', 'high', 'medium', 'low', 'minimal', 'none'] as const

/** What a model does where a request says nothing. */
export const DefaultParameters = z.strictObject({
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().min(0).max(1_000_000).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  repetition_penalty: z.number().min(0).max(2).nullish(),
})

/** How it thinks before it answers. */
export const ModelReasoning = z.strictObject({
  mandatory: z.boolean(),
  supported_efforts: z.array(z.enum(REASONING_EFFORTS)).max(REASONING_EFFORTS.length).nullish(),
  default_effort: z.enum(REASONING_EFFORTS).nullish(),
  default_enabled: z.boolean().optional(),
  supports_max_tokens: z.boolean().optional(),
})

const Index = z.number().min(0).max(1_000).nullable()

/** How it did in public comparisons. */
export const ModelBenchmarks = z.strictObject({
  artificial_analysis: z
    .strictObject({ intelligence_index: Index, coding_index: Index, agentic_index: Index })
    .optional(),
  design_arena: z
    .array(
      z.strictObject({
        arena: z.string().max(100),
        category: z.string().max(100),
        elo: z.number().min(0).max(10_000),
        win_rate: z.number().min(0).max(100),
        rank: z.int().min(1).max(100_000),
      }),
    )
    .max(100),
})

/** All of them may be left out. */
export const MODEL_FACTS = {
  tokenizer: z.enum(MODEL_GROUPS).optional(),
  instruct_type: z.enum(INSTRUCT_TYPES).optional(),
  hugging_face_id: z.string().min(1).max(200).optional(),
  expiration_date: z.iso.date().optional(),
  /** Whether others may be trained on what it answers. */
  distillable: z.boolean().optional(),
  categories: z.array(z.enum(MODEL_CATEGORIES)).max(MODEL_CATEGORIES.length).optional(),
  supported_voices: z.array(z.string().min(1).max(100)).max(500).optional(),
  default_parameters: DefaultParameters.optional(),
  reasoning: ModelReasoning.optional(),
  benchmarks: ModelBenchmarks.optional(),
}
const ModelFacts = z.strictObject(MODEL_FACTS)
export type ModelFacts = z.output<typeof ModelFacts>

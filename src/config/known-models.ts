import type { ModelFacts } from '../contract/inference/model-facts.ts'
import { DEFAULT_PARAMETERS } from '../domain/supported-parameters.ts'

/*
 * What the price data doesn't say of well-known models: when they came out, what they take and give, and how much. Each rule
 * tells what it is sure of for the ids that it matches; a later rule wins where two tell the same. Of models that came after
 * this table was written only what holds for their whole family is told. Sources: the providers' pages of models.
 */

export interface KnownModel {
  /** Unix seconds. */
  created: number | null
  contextLength: number | null
  maxCompletionTokens: number | null
  inputModalities: readonly string[] | null
  outputModalities: readonly string[] | null
  knowledgeCutoff: string | null
  supportedParameters: readonly string[]
  facts: ModelFacts
}

type Rule = Partial<Omit<KnownModel, 'created' | 'facts'>> & ModelFacts & { since?: string }

const PICTURES = ['text', 'image']
const FILES = ['text', 'image', 'file']

const SCHEMAS = [...DEFAULT_PARAMETERS, 'structured_outputs'].sort()
const OPENAI_CHAT = [...SCHEMAS, 'logit_bias', 'logprobs', 'parallel_tool_calls', 'top_logprobs'].sort()
/** They choose for themselves how they sample. */
const OPENAI_REASONING = [
  'include_reasoning',
  'max_completion_tokens',
  'max_tokens',
  'parallel_tool_calls',
  'reasoning',
  'reasoning_effort',
  'response_format',
  'seed',
  'structured_outputs',
  'tool_choice',
  'tools',
]
const ANTHROPIC = [
  'max_completion_tokens',
  'max_tokens',
  'stop',
  'temperature',
  'tool_choice',
  'tools',
  'top_k',
  'top_p',
]
const THINKING = ['include_reasoning', 'reasoning', 'reasoning_effort']
const GEMINI = [...SCHEMAS, 'top_k'].sort()

const THINKS_IF_TOLD: ModelFacts['reasoning'] = { mandatory: false, default_enabled: false, supports_max_tokens: true }
const ALWAYS_THINKS: ModelFacts['reasoning'] = { mandatory: true, supported_efforts: ['high', 'medium', 'low'] }

const RULES: readonly (readonly [RegExp, Rule])[] = [
  [/embed/, { outputModalities: ['embeddings'], supportedParameters: [] }],

  [/^openai\//, { tokenizer: 'GPT', distillable: false }],
  [
    /^openai\/(chatgpt-4o|gpt-4o|gpt-4\.1|gpt-4-turbo)/,
    { inputModalities: PICTURES, supportedParameters: OPENAI_CHAT },
  ],
  [/^openai\/gpt-(4o|4\.1)/, { inputModalities: FILES }],
  [/^openai\/gpt-3\.5-turbo/, { maxCompletionTokens: 4_096, knowledgeCutoff: '2021-09' }],
  [/^openai\/gpt-4-turbo/, { since: '2024-04-09', maxCompletionTokens: 4_096, knowledgeCutoff: '2023-12' }],
  [/^openai\/gpt-4o/, { since: '2024-05-13', maxCompletionTokens: 16_384, knowledgeCutoff: '2023-10' }],
  [/^openai\/gpt-4o-2024-05-13/, { maxCompletionTokens: 4_096 }],
  [/^openai\/gpt-4o-mini/, { since: '2024-07-18' }],
  [/^openai\/(gpt-4o.*-audio|gpt-audio)/, { inputModalities: ['text', 'audio'], outputModalities: ['text', 'audio'] }],
  [/^openai\/gpt-4\.1/, { since: '2025-04-14', maxCompletionTokens: 32_768, knowledgeCutoff: '2024-06' }],
  [/^openai\/o\d/, { supportedParameters: OPENAI_REASONING, reasoning: ALWAYS_THINKS, maxCompletionTokens: 100_000 }],
  [/^openai\/o1(-pro)?$/, { since: '2024-12-17', inputModalities: PICTURES, knowledgeCutoff: '2023-10' }],
  [/^openai\/o1-(mini|preview)/, { since: '2024-09-12', maxCompletionTokens: null, knowledgeCutoff: '2023-10' }],
  [/^openai\/o3-mini/, { since: '2025-01-31', knowledgeCutoff: '2023-10' }],
  [/^openai\/(o3|o4-mini)$/, { since: '2025-04-16', inputModalities: FILES, knowledgeCutoff: '2024-06' }],
  [/^openai\/gpt-[5-9]/, { inputModalities: FILES, supportedParameters: [...OPENAI_REASONING, 'verbosity'] }],
  [
    /^openai\/gpt-5(-mini|-nano)?$/,
    {
      since: '2025-08-07',
      maxCompletionTokens: 128_000,
      reasoning: { mandatory: true, supported_efforts: ['high', 'medium', 'low', 'minimal'], default_effort: 'medium' },
    },
  ],
  [/^openai\/gpt-5$/, { knowledgeCutoff: '2024-09' }],
  [/^openai\/gpt-5-(mini|nano)$/, { knowledgeCutoff: '2024-05' }],
  [
    /^openai\/gpt-5\.1$/,
    {
      since: '2025-11-13',
      maxCompletionTokens: 128_000,
      knowledgeCutoff: '2024-09',
      reasoning: { mandatory: false, supported_efforts: ['high', 'medium', 'low', 'none'], default_effort: 'none' },
    },
  ],
  [
    /^openai\/gpt-oss/,
    {
      since: '2025-08-05',
      inputModalities: null,
      supportedParameters: [...SCHEMAS, ...THINKING],
      distillable: true,
      knowledgeCutoff: '2024-06',
      reasoning: ALWAYS_THINKS,
    },
  ],

  [/^anthropic\//, { tokenizer: 'Claude', distillable: false, supportedParameters: ANTHROPIC }],
  [/^anthropic\/claude-([3-9]|opus|sonnet|haiku)/, { inputModalities: PICTURES }],
  [/^anthropic\/claude-3-(opus|sonnet|haiku)/, { maxCompletionTokens: 4_096, knowledgeCutoff: '2023-08' }],
  [/^anthropic\/claude-3-(opus|sonnet)/, { since: '2024-02-29' }],
  [/^anthropic\/claude-3-haiku/, { since: '2024-03-07' }],
  [/^anthropic\/claude-3[.-]5/, { inputModalities: FILES, maxCompletionTokens: 8_192 }],
  [/^anthropic\/claude-3[.-]5-sonnet/, { since: '2024-06-20', knowledgeCutoff: '2024-04' }],
  [/^anthropic\/claude-3[.-]5-haiku/, { since: '2024-10-22', knowledgeCutoff: '2024-07' }],
  [
    /^anthropic\/claude-(3[.-]7|(opus|sonnet|haiku)-\d)/,
    { inputModalities: FILES, reasoning: THINKS_IF_TOLD, supportedParameters: [...ANTHROPIC, ...THINKING] },
  ],
  [/^anthropic\/claude-3[.-]7/, { since: '2025-02-24', maxCompletionTokens: 64_000, knowledgeCutoff: '2024-11' }],
  [/^anthropic\/claude-(opus|sonnet)-4(-0)?$/, { since: '2025-05-22', knowledgeCutoff: '2025-03' }],
  [/^anthropic\/claude-opus-4[.-]1/, { since: '2025-08-05', knowledgeCutoff: '2025-03' }],
  [/^anthropic\/claude-opus-4(-0|[.-]1)?$/, { maxCompletionTokens: 32_000 }],
  [/^anthropic\/claude-(sonnet-4(-0)?|(sonnet|haiku|opus)-4[.-]5)$/, { maxCompletionTokens: 64_000 }],
  [/^anthropic\/claude-sonnet-4[.-]5/, { since: '2025-09-29' }],
  [/^anthropic\/claude-haiku-4[.-]5/, { since: '2025-10-15' }],
  [/^anthropic\/claude-opus-4[.-]5/, { since: '2025-11-24' }],

  [
    /^google\/gemini/,
    { tokenizer: 'Gemini', distillable: false, supportedParameters: GEMINI, contextLength: 1_048_576 },
  ],
  [/^google\/gemini-(1\.5|[2-9])/, { inputModalities: ['text', 'image', 'file', 'audio', 'video'] }],
  [
    /^google\/gemini-embedding/,
    { outputModalities: ['embeddings'], supportedParameters: [], inputModalities: null, contextLength: 2_048 },
  ],
  [/^google\/gemini-1\.5-pro/, { contextLength: 2_097_152 }],
  [/^google\/gemini-(1\.5|2\.0)/, { maxCompletionTokens: 8_192 }],
  [/^google\/gemini-2\.0-flash/, { since: '2025-02-05', knowledgeCutoff: '2024-06' }],
  [
    /^google\/gemini-2\.5-(pro|flash|flash-lite)$/,
    {
      since: '2025-06-17',
      maxCompletionTokens: 65_535,
      knowledgeCutoff: '2025-01',
      supportedParameters: [...GEMINI, ...THINKING],
    },
  ],
  [/^google\/gemini-2\.5-flash-lite$/, { since: '2025-07-22' }],
  [/^google\/gemini-2\.5-pro$/, { reasoning: { mandatory: true, supports_max_tokens: true } }],
  [/^google\/gemini-2\.5-flash/, { reasoning: THINKS_IF_TOLD }],
  [/^google\/gemini-.*-image/, { outputModalities: ['text', 'image'] }],
  [/^google\/gemini-.*-tts/, { inputModalities: null, outputModalities: ['speech'] }],
  [/^google\/gemma/, { tokenizer: 'Gemma', supportedParameters: DEFAULT_PARAMETERS }],

  [/^x-ai\//, { tokenizer: 'Grok', distillable: false, supportedParameters: [...SCHEMAS, 'logprobs', 'top_logprobs'] }],
  [/^x-ai\/grok-(2-vision|4)/, { inputModalities: PICTURES }],
  [/^x-ai\/grok-3-mini/, { reasoning: { mandatory: true, supported_efforts: ['high', 'low'] } }],
  [/^x-ai\/grok-4-0709/, { since: '2025-07-09', reasoning: { mandatory: true } }],
  [/^x-ai\/grok-4-fast/, { since: '2025-09-19' }],
  [/^x-ai\/grok-code-fast-1/, { since: '2025-08-28', reasoning: { mandatory: true } }],

  [
    /^deepseek\//,
    {
      tokenizer: 'DeepSeek',
      distillable: true,
      supportedParameters: [...DEFAULT_PARAMETERS, 'logprobs', 'top_logprobs'],
    },
  ],
  [
    /^deepseek\/(deepseek-reasoner|deepseek-r1)/,
    {
      reasoning: { mandatory: true },
      supportedParameters: [
        'include_reasoning',
        'max_completion_tokens',
        'max_tokens',
        'reasoning',
        'response_format',
        'stop',
        'tool_choice',
        'tools',
      ],
    },
  ],

  [/^mistralai\//, { tokenizer: 'Mistral', supportedParameters: SCHEMAS }],
  [
    /^mistralai\/(pixtral|mistral-medium-(3|latest)|mistral-small-(3\.[12]|2603|latest))/,
    { inputModalities: PICTURES },
  ],
  [/^mistralai\/voxtral/, { inputModalities: ['text', 'audio'] }],
  [/^mistralai\/magistral/, { reasoning: { mandatory: true } }],
  [/^mistralai\/mistral-embed/, { supportedParameters: [] }],

  [/^meta-llama\/llama-3/, { tokenizer: 'Llama3' }],
  [/^meta-llama\/llama-4/, { tokenizer: 'Llama4', inputModalities: PICTURES }],
  [/^qwen\//, { tokenizer: 'Qwen' }],
  [/^qwen\/qwen-?3/, { tokenizer: 'Qwen3' }],
  [/^cohere\//, { tokenizer: 'Cohere' }],
  [/^amazon\/nova/, { tokenizer: 'Nova' }],
]

/** All that is known of the model. */
export function knownModel(id: string): KnownModel {
  const rule: Rule = Object.assign({}, ...RULES.flatMap(([pattern, known]) => (pattern.test(id) ? [known] : [])))
  const { since, contextLength, maxCompletionTokens, inputModalities, outputModalities, ...rest } = rule
  const { knowledgeCutoff, supportedParameters, ...facts } = rest
  return {
    created: since === undefined ? null : Date.parse(since) / 1_000,
    contextLength: contextLength ?? null,
    maxCompletionTokens: maxCompletionTokens ?? null,
    inputModalities: inputModalities ?? null,
    outputModalities: outputModalities ?? null,
    knowledgeCutoff: knowledgeCutoff ?? null,
    supportedParameters: supportedParameters ?? DEFAULT_PARAMETERS,
    facts,
  }
}

import type { QuirksName } from '../../contract/common/provider-schema.ts'

/*
 * In what providers of the chat completions format differ from each other, as data. A field that one of them refuses is left
 * away or has its name there; what a provider merely ignores needs no word here, unless it would ignore a bound of money.
 */

export interface Quirks {
  /** The only name of the output's bound that it takes, or minds. */
  outputBound?: 'max_tokens' | 'max_completion_tokens'
  /** The same, of a request with a prediction. */
  predictedOutputBound?: 'max_tokens'
  /** Whether what of a prediction doesn't come true costs nothing. */
  hasFreePredictions?: true
  /**
   * How it is told to reason: `effort` by `reasoning_effort`, which is usual; `object` by `reasoning` as callers give it;
   * `switch` by `thinking`, which is on or off; `listed` by `reasoning_effort` where the endpoint says that it takes that.
   */
  reasoning?: 'effort' | 'object' | 'switch' | 'listed'
  /** Efforts that it knows, from the least on; in place of another the nearest is sent. */
  efforts?: readonly string[]
  /** The header that keeps a conversation at one of its servers. */
  conversationHeader?: 'x-grok-conv-id'
  /** Whether it takes `stream_options`; one that doesn't tells its usage unasked. */
  takesStreamOptions?: false
  takesUser?: false
  /** Top-level fields that it refuses. */
  dropped?: readonly string[]
  /** Top-level fields that have another name there. */
  renamed?: Readonly<Record<string, string>>
  /** Values of `tool_choice` that have another name there. */
  toolChoices?: Readonly<Record<string, string>>
  /** Fields of messages, of their parts and of tools that it refuses. */
  droppedInside?: readonly string[]
  /** Whether it knows no developers: they are the system there. */
  hasNoDeveloper?: true
  /** Whether it wants ids of tool calls to be nine letters and digits. */
  wantsShortCallIds?: true
  /** The flag on a last message of the assistant, which the answer shall go on with. */
  prefillFlag?: string
  /** The field in which it wants back what was thought before a call of a tool. */
  thoughtsOfCalls?: string
  /** Whether it takes images as data alone, and not by their address. */
  hasNoLinks?: true
  /** Whether it knows JSON as a format, but no schemas. */
  hasNoSchemas?: true
}

const SAMPLING = ['top_k', 'min_p', 'top_a', 'repetition_penalty'] as const
/** What answers of ours hold for clients, and providers of other formats. */
const OURS = ['reasoning', 'reasoning_details', 'annotations', 'images', 'cache_control'] as const
const LOGPROBS = ['logit_bias', 'logprobs', 'top_logprobs'] as const
/** Of OpenAI's chats, and for no other provider but gateways to it: how long and where a prompt is cached, what is kept, speech. */
const OF_OPENAI = ['prompt_cache_options', 'prompt_cache_retention', 'store', 'modalities', 'audio'] as const
/** The same, for those who don't take the name of a cache either, nor what an answer will probably be. */
const UNGUIDED = [...OF_OPENAI, 'prompt_cache_key', 'prediction'] as const
/** Of messages, for all but OpenAI. */
const FOREIGN = [...OURS, 'prompt_cache_breakpoint'] as const

const OPENAI: Quirks = {
  outputBound: 'max_completion_tokens',
  predictedOutputBound: 'max_tokens',
  efforts: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'],
  dropped: [...SAMPLING, 'cache_control', 'include_reasoning'],
  droppedInside: OURS,
}

const QUIRKS: Readonly<Record<QuirksName, Quirks>> = {
  none: {},
  openai: OPENAI,
  azure: OPENAI,
  groq: {
    outputBound: 'max_completion_tokens',
    efforts: ['none', 'low', 'medium', 'high'],
    dropped: [...SAMPLING, ...LOGPROBS, ...UNGUIDED, 'cache_control', 'verbosity'],
    droppedInside: [...FOREIGN, 'refusal'],
  },
  mistral: {
    outputBound: 'max_tokens',
    hasFreePredictions: true,
    reasoning: 'listed',
    efforts: ['none', 'high'],
    takesStreamOptions: false,
    takesUser: false,
    dropped: [
      ...SAMPLING,
      ...LOGPROBS,
      ...OF_OPENAI,
      'cache_control',
      'service_tier',
      'verbosity',
      'include_reasoning',
    ],
    renamed: { seed: 'random_seed' },
    toolChoices: { required: 'any' },
    droppedInside: [...FOREIGN, 'refusal'],
    hasNoDeveloper: true,
    wantsShortCallIds: true,
    prefillFlag: 'prefix',
  },
  deepseek: {
    outputBound: 'max_tokens',
    reasoning: 'switch',
    dropped: [
      ...SAMPLING,
      ...UNGUIDED,
      'logit_bias',
      'seed',
      'n',
      'parallel_tool_calls',
      'cache_control',
      'service_tier',
    ],
    droppedInside: [...FOREIGN, 'refusal'],
    hasNoDeveloper: true,
    thoughtsOfCalls: 'reasoning_content',
    hasNoSchemas: true,
  },
  xai: {
    outputBound: 'max_completion_tokens',
    conversationHeader: 'x-grok-conv-id',
    reasoning: 'listed',
    efforts: ['none', 'low', 'medium', 'high'],
    dropped: [...SAMPLING, ...UNGUIDED, 'logit_bias', 'cache_control', 'verbosity'],
    droppedInside: FOREIGN,
    hasNoDeveloper: true,
  },
  together: {
    outputBound: 'max_tokens',
    efforts: ['low', 'medium', 'high'],
    dropped: [...UNGUIDED, 'top_a', 'cache_control', 'verbosity'],
    droppedInside: ['reasoning_details', 'annotations', 'images', 'cache_control', 'prompt_cache_breakpoint'],
    hasNoDeveloper: true,
  },
  cerebras: {
    outputBound: 'max_completion_tokens',
    efforts: ['none', 'low', 'medium', 'high'],
    dropped: [
      ...SAMPLING,
      ...OF_OPENAI,
      'logit_bias',
      'frequency_penalty',
      'presence_penalty',
      'cache_control',
      'verbosity',
    ],
    droppedInside: [...FOREIGN, 'refusal'],
  },
  perplexity: {
    outputBound: 'max_tokens',
    reasoning: 'listed',
    efforts: ['minimal', 'low', 'medium', 'high'],
    takesStreamOptions: false,
    takesUser: false,
    dropped: [
      'min_p',
      'top_a',
      'repetition_penalty',
      ...LOGPROBS,
      ...UNGUIDED,
      'seed',
      'n',
      'tools',
      'tool_choice',
      'parallel_tool_calls',
      'cache_control',
      'verbosity',
    ],
    droppedInside: [...FOREIGN, 'refusal', 'tool_calls'],
    hasNoDeveloper: true,
  },
  fireworks: {
    outputBound: 'max_tokens',
    efforts: ['none', 'low', 'medium', 'high'],
    dropped: [...OF_OPENAI, 'top_a', 'cache_control', 'verbosity'],
    droppedInside: FOREIGN,
    hasNoDeveloper: true,
  },
  deepinfra: {
    outputBound: 'max_tokens',
    efforts: ['none', 'low', 'medium', 'high'],
    dropped: [
      'prediction',
      'prompt_cache_options',
      'store',
      'modalities',
      'audio',
      'top_a',
      'cache_control',
      'verbosity',
    ],
    droppedInside: FOREIGN,
    hasNoDeveloper: true,
  },
  openrouter: { reasoning: 'object' },
  // Ignores what it doesn't know, the other name of the bound among it.
  ollama: {
    outputBound: 'max_tokens',
    efforts: ['none', 'low', 'medium', 'high'],
    hasNoDeveloper: true,
    hasNoLinks: true,
  },
  vllm: { outputBound: 'max_tokens', efforts: ['none', 'low', 'medium', 'high'] },
}

/** The peculiarities with the texts of whose presence in a request it depends whether it must be rewritten at all. */
export interface KnownQuirks extends Quirks {
  marks: readonly string[]
}

const known = new Map<QuirksName, KnownQuirks>()

export function quirksNamed(name: QuirksName): KnownQuirks {
  const before = known.get(name)
  if (before !== undefined) return before
  const quirks = { ...QUIRKS[name], marks: marksOf(QUIRKS[name]) }
  known.set(name, quirks)
  return quirks
}

/** Requests are compact JSON: the name of a field stands so in no text, where its quotes would be escaped. */
function marksOf(quirks: Quirks): string[] {
  const { dropped = [], renamed = {}, toolChoices, droppedInside = [], prefillFlag, hasNoSchemas } = quirks
  const fields = [...dropped, ...Object.keys(renamed), ...droppedInside]
  if (toolChoices !== undefined) fields.push('tool_choice')
  if (quirks.wantsShortCallIds) fields.push('tool_calls', 'tool_call_id')
  const marks = [...new Set(fields)].map((field) => `"${field}":`)
  if (quirks.hasNoDeveloper) marks.push('"developer"')
  if (prefillFlag !== undefined) marks.push('"assistant"')
  if (hasNoSchemas) marks.push('"json_schema"')
  return marks
}

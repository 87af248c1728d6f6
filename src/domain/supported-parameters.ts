/** Names by which endpoints say what they take. Source: OpenRouter's OpenAPI document, Parameter. */
const PARAMETERS = [
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'top_a',
  'frequency_penalty',
  'presence_penalty',
  'repetition_penalty',
  'max_tokens',
  'max_completion_tokens',
  'logit_bias',
  'logprobs',
  'top_logprobs',
  'prediction',
  'seed',
  'response_format',
  'stop',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'include_reasoning',
  'reasoning',
  'reasoning_effort',
  'web_search_options',
  'verbosity',
] as const

const OUTPUT_BOUNDS: readonly string[] = ['max_tokens', 'max_completion_tokens']

/** The parameters that a request sets. A format with a schema needs structured outputs too. */
export function parametersOf(request: Readonly<Record<string, unknown>>): string[] {
  const { response_format: format } = request
  const hasSchema =
    typeof format === 'object' && format !== null && (format as { type?: unknown }).type === 'json_schema'
  const used = PARAMETERS.filter((name) => request[name] !== undefined && request[name] !== null)
  return hasSchema ? [...used, 'structured_outputs'] : used
}

const NO_FEATURES: readonly string[] = []

/** Of what a request uses that which is no use where it isn't taken; a sampling parameter may be dropped, a tool may not. */
export function featuresOf(request: Readonly<Record<string, unknown>>): readonly string[] {
  const { response_format: format, tools, verbosity } = request
  const hasTools = Array.isArray(tools) && tools.length > 0
  const type = typeof format === 'object' && format !== null ? (format as { type?: unknown }).type : undefined
  const isFormatted = type === 'json_object' || type === 'json_schema'
  if (!hasTools && !isFormatted && typeof verbosity !== 'string') return NO_FEATURES
  return [
    ...(hasTools ? ['tools'] : []),
    ...(isFormatted ? ['response_format'] : []),
    ...(type === 'json_schema' ? ['structured_outputs'] : []),
    ...(typeof verbosity === 'string' ? ['verbosity'] : []),
  ]
}

/** Whether an endpoint that takes `supported` takes all of these. The two names of the output bound mean the same. */
export function supportsAll(supported: readonly string[], wanted: readonly string[]): boolean {
  const hasBound = OUTPUT_BOUNDS.some((name) => supported.includes(name))
  return wanted.every((name) => supported.includes(name) || (hasBound && OUTPUT_BOUNDS.includes(name)))
}

/** What a model of an OpenAI-compatible provider is said to take when nothing more exact is known. */
export const DEFAULT_PARAMETERS: readonly string[] = [
  'frequency_penalty',
  'max_completion_tokens',
  'max_tokens',
  'presence_penalty',
  'response_format',
  'seed',
  'stop',
  'temperature',
  'tool_choice',
  'tools',
  'top_p',
]

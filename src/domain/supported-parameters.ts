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

import { z } from 'zod'
import { ChatCompletionRequest, ProviderPreferences } from './chat-completions.ts'

/*
 * What the gateway reads of a request for a response. Nothing is stored here nor at a provider, so that what builds on something
 * stored is refused. Fields it doesn't read pass through to providers of the same format.
 */

const TOKENS_MAX = 10_000_000
const TOOLS_MAX = 1_000
const STATELESS = 'nothing is stored here: send all of the conversation with each request'
/** Those that the caller runs. What others cost is in no price of a model. */
const TOOL_TYPES = ['function', 'custom', 'local_shell', 'apply_patch', 'computer_use_preview', 'namespace']
const OTHER_TOOLS = `must be one of ${TOOL_TYPES.join(', ')}; tools that run elsewhere than at the caller are not offered`

/** A message, or what else a conversation consists of. */
export const ResponsesItem = z.looseObject({
  type: z.string().max(100).nullish(),
  role: z.enum(['user', 'assistant', 'system', 'developer']).nullish(),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string().max(100) })).max(10_000)]).nullish(),
})
export type ResponsesItem = z.infer<typeof ResponsesItem>

const Tool = z.looseObject({
  type: z.enum(TOOL_TYPES, OTHER_TOOLS),
  name: z.string().min(1).max(200).nullish(),
  description: z.string().nullish(),
  parameters: z.looseObject({}).nullish(),
  strict: z.boolean().nullish(),
})

export const ResponsesRequest = z.looseObject({
  model: z.string().min(1).max(500).nullish(),
  models: z.array(z.string().min(1).max(500)).min(1).max(20).nullish(),
  input: z.union([z.string(), z.array(ResponsesItem).min(1).max(100_000)]),
  instructions: z.string().nullish(),
  provider: ProviderPreferences.nullish(),
  stream: z.boolean().nullish(),
  store: z.literal(false, STATELESS).nullish(),
  previous_response_id: z.null(STATELESS).optional(),
  conversation: z.null(STATELESS).optional(),
  prompt: z.null(STATELESS).optional(),
  background: z.literal(false, STATELESS).nullish(),
  max_output_tokens: z.number().int().min(1).max(TOKENS_MAX).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_logprobs: z.number().int().min(0).max(20).nullish(),
  tools: z.array(Tool).max(TOOLS_MAX).nullish(),
  tool_choice: z.union([z.string().max(100), z.looseObject({ type: z.string().max(100) })]).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  text: z
    .looseObject({
      format: z.looseObject({ type: z.string().max(100) }).nullish(),
      verbosity: z.string().max(50).nullish(),
    })
    .nullish(),
  reasoning: z
    .looseObject({
      effort: z.string().max(50).nullish(),
      summary: z.string().max(50).nullish(),
      max_tokens: z.number().int().min(0).max(TOKENS_MAX).nullish(),
      enabled: z.boolean().nullish(),
    })
    .nullish(),
  service_tier: ChatCompletionRequest.shape.service_tier,
  user: z.string().max(256).nullish(),
  safety_identifier: z.string().max(256).nullish(),
  session_id: z.string().max(256).nullish(),
  trace: ChatCompletionRequest.shape.trace,
  metadata: z
    .record(z.string().max(64), z.string().max(512))
    .refine((pairs) => Object.keys(pairs).length <= 16, 'at most 16 pairs')
    .nullish(),
})
export type ResponsesRequest = z.infer<typeof ResponsesRequest>

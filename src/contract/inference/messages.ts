import { z } from 'zod'
import { ChatCompletionRequest } from './chat-completions.ts'

/*
 * What the gateway reads of a request in Anthropic's Messages format, and what it adds to it. Fields that it doesn't read pass
 * through to providers of the same format.
 */

/** What is between caller and gateway is the same in both. */
const chat = ChatCompletionRequest.shape
const ModelId = z.string().min(1).max(500)
const TOKENS_MAX = 10_000_000
/** Every list has a bound: the checker keeps an issue for each bad element, and a body can hold millions. */
const BLOCKS_MAX = 10_000
const Blocks = z.array(z.looseObject({ type: z.string().max(200) })).max(BLOCKS_MAX)

export const MessageParam = z.looseObject({
  role: z.enum(['user', 'assistant', 'system']),
  content: z.union([z.string(), Blocks]),
})
export type MessageParam = z.infer<typeof MessageParam>

export const MessagesRequest = z.looseObject({
  model: ModelId.nullish(),
  models: z.array(ModelId).min(1).max(20).nullish(),
  /** Models to try after that, each by its name. */
  fallbacks: z
    .array(z.looseObject({ model: ModelId }))
    .max(20)
    .nullish(),
  messages: z.array(MessageParam).min(1).max(100_000),
  system: z.union([z.string(), Blocks]).nullish(),
  max_tokens: z.number().int().min(1).max(TOKENS_MAX).nullish(),
  stream: z.boolean().nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.number().int().min(0).max(TOKENS_MAX).nullish(),
  stop_sequences: z.array(z.string()).max(1_000).nullish(),
  tools: z
    .array(z.looseObject({ name: z.string().max(500).optional() }))
    .max(BLOCKS_MAX)
    .nullish(),
  tool_choice: z
    .looseObject({
      type: z.enum(['auto', 'any', 'none', 'tool']),
      name: z.string().max(500).optional(),
      disable_parallel_tool_use: z.boolean().nullish(),
    })
    .nullish(),
  thinking: z
    .looseObject({
      type: z.enum(['enabled', 'disabled', 'adaptive']),
      budget_tokens: z.number().int().min(1).max(TOKENS_MAX).optional(),
    })
    .nullish(),
  output_config: z
    .looseObject({
      effort: z.string().max(50).nullish(),
      format: z.looseObject({ type: z.string().max(50), schema: z.record(z.string(), z.unknown()) }).nullish(),
    })
    .nullish(),
  metadata: z.looseObject({ user_id: z.string().max(256).nullish() }).nullish(),
  provider: chat.provider,
  route: chat.route,
  service_tier: z.string().max(50).nullish(),
  user: chat.user,
  session_id: chat.session_id,
  trace: chat.trace,
  plugins: chat.plugins,
  transforms: chat.transforms,
  debug: chat.debug,
  cache_enabled: chat.cache_enabled,
  cache_ttl_seconds: chat.cache_ttl_seconds,
})
export type MessagesRequest = z.infer<typeof MessagesRequest>

import { z } from 'zod'
import { ChatCompletionRequest, ProviderPreferences } from './chat-completions.ts'
import { RequestTrace } from './request-trace.ts'

const INPUTS_MAX = 10_000
const PARTS_MAX = 1_000

const Part = z.looseObject({ type: z.string() })
const Tokens = z.array(z.number().int().nonnegative()).min(1)

/** Fields that aren't named pass through to the provider. */
export const EmbeddingsRequest = z.looseObject({
  model: z.string().min(1).max(500),
  input: z.union([
    z.string().min(1),
    z.array(z.string().min(1)).min(1).max(INPUTS_MAX),
    Tokens,
    z.array(Tokens).min(1).max(INPUTS_MAX),
    z
      .array(z.looseObject({ content: z.array(Part).min(1).max(PARTS_MAX) }))
      .min(1)
      .max(INPUTS_MAX),
  ]),
  dimensions: z.number().int().min(1).max(1_000_000).nullish(),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  input_type: z.string().max(100).nullish(),
  user: z.string().max(256).nullish(),
  session_id: ChatCompletionRequest.shape.session_id,
  provider: ProviderPreferences.nullish(),
  trace: RequestTrace.nullish(),
})
export type EmbeddingsRequest = z.infer<typeof EmbeddingsRequest>

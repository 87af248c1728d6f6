import { z } from 'zod'
import { ChatCompletionRequest, ProviderPreferences } from './chat-completions.ts'
import { RequestTrace } from './request-trace.ts'

const DOCUMENTS_MAX = 10_000

/** Fields that aren't named pass through to the provider. */
export const RerankRequest = z.looseObject({
  model: z.string().min(1).max(500),
  query: z.string().min(1),
  documents: z
    .array(z.union([z.string(), z.looseObject({ text: z.string().optional(), image: z.string().optional() })]))
    .min(1)
    .max(DOCUMENTS_MAX),
  top_n: z.number().int().min(1).max(DOCUMENTS_MAX).nullish(),
  session_id: ChatCompletionRequest.shape.session_id,
  provider: ProviderPreferences.nullish(),
  trace: RequestTrace.nullish(),
})
export type RerankRequest = z.infer<typeof RerankRequest>

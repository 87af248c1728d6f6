import type { ChatRequest, InferenceKind } from '../../dialects/chat-request.ts'
import { AppError } from '../../domain/app-error.ts'
import type { Endpoint, Model } from '../../domain/catalogue.ts'
import type { GuardrailInForce } from '../../domain/guardrail-in-force.ts'
import type { MeantModel } from '../../domain/routing/model-names.ts'
import { dialectOf } from '../inference.ts'
import { hasFilters } from './check-content.ts'

const PATHS: Readonly<Record<InferenceKind, string>> = {
  chat: '/chat/completions',
  embeddings: '/embeddings',
  rerank: '/rerank',
}

/** Throws `invalid_model` where a model is for something else than what is asked for. */
export function requireKind(meant: readonly MeantModel[], { payload }: ChatRequest): void {
  for (const { model } of meant) {
    if (kindOf(model) === payload.kind) continue
    const availability = {
      code: 'wrong_endpoint',
      retryable: false,
      requested_models: [model.id],
      docs_url: '/docs',
    } as const
    throw new AppError(
      'invalid_model',
      `${model.id} is not for this endpoint; ask for it at ${PATHS[kindOf(model)]}`,
      { model: model.id },
      { availability },
    )
  }
}

/** Those that can be asked for it. Throws `no_endpoints` where none is left. */
export function requireSpeakers(
  endpoints: readonly Endpoint[],
  { payload: { kind } }: ChatRequest,
): readonly Endpoint[] {
  if (kind === 'chat') return endpoints
  const left = endpoints.filter((endpoint) => dialectOf(endpoint).abilities.kinds.includes(kind))
  if (left.length === 0) throw new AppError('no_endpoints', `No provider of the model can be asked for ${kind}`)
  return left
}

/** Filters can't look through numbers. Throws `forbidden` where they would have to. */
export function requireReadable({ hasTokenIds }: ChatRequest, guardrail: GuardrailInForce | null): void {
  if (hasTokenIds && hasFilters(guardrail)) {
    throw new AppError('forbidden', 'Request blocked: its content filters need texts, and can not read token ids')
  }
}

function kindOf({ outputModalities }: Model): InferenceKind {
  if (outputModalities.includes('embeddings')) return 'embeddings'
  return outputModalities.includes('rerank') ? 'rerank' : 'chat'
}

import { AppError, type Availability } from './app-error.ts'
import type { SharedBarrier } from './byok.ts'
import type { Exclusion } from './guardrail-merge.ts'

/** What of a request itself kept an endpoint away, in the words of the wire; of credentials only the use of the installation's. The
 *  last two let another go before it. */
export type Constraint =
  | 'allowed_providers'
  | 'ignored_providers'
  | 'data_policy:training'
  | 'data_policy:zdr'
  | 'quantization'
  | 'max_price'
  | 'require_parameters'
  | 'distillable_text'
  | 'context_length'
  | 'modality'
  | 'service_tier'
  | SharedBarrier
  | 'unsupported_parameters'
  | 'max_tokens'

/** One endpoint that may not be used, with all that speaks against it. */
export interface ExcludedEndpoint {
  modelId: string
  contextLength: number
  byGuardrails: readonly Exclusion[]
  byRequest: readonly Constraint[]
}

/**
 * The refusal of a request that nothing is left for. 404 as for what doesn't exist, but 403 where guardrails name every
 * requested model as forbidden, and where nothing but the region of data speaks against it; 400 where nothing but its length does.
 * Source: OpenRouter docs, errors and guardrails.
 */
export function noEndpointsError(
  models: readonly string[],
  excluded: readonly ExcludedEndpoint[],
  { publicUrl, leastInputTokens }: { publicUrl: string; leastInputTokens: number },
): AppError {
  const byGuardrails = new Set(excluded.flatMap((one) => one.byGuardrails))
  const all = [...new Set<string>([...byGuardrails, ...excluded.flatMap(({ byRequest }) => byRequest)])].toSorted()
  const availability: Availability = {
    code: codeOf(all),
    retryable: false,
    requested_models: models,
    ...(all.length > 0 ? { excluded_by: all } : {}),
    docs_url: `${publicUrl}/docs`,
  }
  const detail = { models, excluded_by: all }
  const isForbidden = (id: string) => {
    const own = excluded.filter(({ modelId }) => modelId === id)
    return own.length > 0 && own.every((one) => one.byGuardrails.includes('ignored_models'))
  }
  if (models.every(isForbidden)) {
    const names = models.join(', ')
    return new AppError('forbidden', `Guardrails forbid the requested model: ${names}`, detail, { availability })
  }
  if (availability.code === 'region_restricted') {
    const message = `No endpoints available in the data regions that your guardrails allow: ${models.join(', ')}`
    return new AppError('forbidden', message, detail, { availability })
  }
  if (all.length === 1 && all[0] === 'context_length') {
    const longest = Math.max(...excluded.map(({ contextLength }) => contextLength))
    const message = `This endpoint's maximum context length is ${longest} tokens. However, you requested at least ${leastInputTokens} tokens.`
    return new AppError('context_length_exceeded', message, detail, { availability })
  }
  const message =
    byGuardrails.size > 0
      ? `No endpoints available matching your guardrail restrictions and data policy. Configure: ${publicUrl}/settings/privacy`
      : 'No allowed providers are available for the selected model.'
  return new AppError('no_endpoints', message, detail, { availability })
}

function codeOf(reasons: readonly string[]): Availability['code'] {
  if (reasons.length === 0) return 'no_endpoints'
  if (reasons.length === 1 && reasons[0] === 'data_region') return 'region_restricted'
  return reasons.every((reason) => reason.startsWith('data_policy:')) ? 'privacy_restricted' : 'constraint_filtered'
}

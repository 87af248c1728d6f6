import type { GUARDRAIL_PREVIEW_OPERATIONS } from '../../contract/management/guardrail-previews.ts'
import { PHRASES_MAX } from '../../contract/management/organization-policy.ts'
import type { TwoStepHandlerOf } from '../../contract/operation.ts'
import { BEST_EFFORT_BUILTINS } from '../../domain/content-filter-labels.ts'
import type { FilterResult } from '../../domain/content-filters.ts'
import { guardrailToDomain } from '../../store/guardrail-domain.ts'
import { getGuardrail } from '../../store/queries/guardrails.ts'
import { listPhraseRows } from '../../store/queries/organization-policy.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { requireGuardrail } from './guardrail-access.ts'

/** The filters of this one guardrail. The text is kept nowhere, and nobody waits for the database while it is looked through. */
export const handleTestGuardrail: TwoStepHandlerOf<
  (typeof GUARDRAIL_PREVIEW_OPERATIONS)['testGuardrail'],
  ControlContext
> = async (input, context) => {
  const organizationId = organizationOf(context)
  const row = await getGuardrail(context.tx, organizationId, input.id)
  await requireGuardrail(context, 'guardrail:read', row)
  const { filters, builtins } = guardrailToDomain(row)
  const phrases = await listPhraseRows(context.tx, organizationId, { offset: 0, limit: PHRASES_MAX })
  const set = { filters, builtins, phrases: phrases.rows.map(({ phrase }) => phrase) }
  const texts = [{ text: input.text, isFromUser: (input.role ?? 'user') === 'user' }]
  const best_effort = builtins.map(({ slug }) => slug).filter((slug) => BEST_EFFORT_BUILTINS.includes(slug))
  return async () => ({ data: { ...toWire(await context.filterTexts(set, texts), input.text), best_effort } })
}

function toWire(result: FilterResult, text: string) {
  if (result.kind === 'timed_out') return { action: 'timed_out' as const, text: null, refusal: null, findings: [] }
  const { action, finds, refusal, texts } = result.outcome
  const findings = finds.map(({ text: _index, ...find }) => ({ ...find, match: text.slice(find.start, find.end) }))
  return { action, text: refusal === null ? (texts[0] ?? null) : null, refusal, findings }
}

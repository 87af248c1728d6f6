import type { GUARDRAIL_PREVIEW_OPERATIONS } from '../../contract/management/guardrail-previews.ts'
import { PHRASES_MAX } from '../../contract/management/organization-policy.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { BEST_EFFORT_BUILTINS } from '../../domain/content-filter-labels.ts'
import { guardrailToDomain } from '../../store/guardrail-domain.ts'
import { getGuardrail } from '../../store/queries/guardrails.ts'
import { listPhraseRows } from '../../store/queries/organization-policy.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { requireGuardrail } from './guardrail-access.ts'

/** The filters of this one guardrail. The text is kept nowhere. */
export const handleTestGuardrail: HandlerOf<
  (typeof GUARDRAIL_PREVIEW_OPERATIONS)['testGuardrail'],
  ControlContext
> = async (input, context) => {
  const organizationId = organizationOf(context)
  const row = await getGuardrail(context.tx, organizationId, input.id)
  await requireGuardrail(context, 'guardrail:read', row)
  const { filters, builtins } = guardrailToDomain(row)
  const phrases = await listPhraseRows(context.tx, organizationId, { offset: 0, limit: PHRASES_MAX })
  const set = { filters, builtins, phrases: phrases.rows.map(({ phrase }) => phrase) }
  const result = await context.filterTexts(set, [{ text: input.text, isFromUser: (input.role ?? 'user') === 'user' }])
  const best_effort = builtins.map(({ slug }) => slug).filter((slug) => BEST_EFFORT_BUILTINS.includes(slug))
  if (result.kind === 'timed_out')
    return { data: { action: 'timed_out', text: null, refusal: null, findings: [], best_effort } }
  const { outcome } = result
  return {
    data: {
      action: outcome.action,
      text: outcome.refusal === null ? (outcome.texts[0] ?? null) : null,
      refusal: outcome.refusal,
      findings: outcome.finds.map(({ text: _index, ...find }) => ({
        ...find,
        match: input.text.slice(find.start, find.end),
      })),
      best_effort,
    },
  }
}

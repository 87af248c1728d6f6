import type { GUARDRAIL_OPERATIONS } from '../../contract/management/guardrails.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { countFindings } from '../../store/queries/guardrail-findings.ts'
import { getGuardrail } from '../../store/queries/guardrails.ts'
import { toIso } from '../../store/schema.ts'
import { visibleIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { requireGuardrail } from './guardrail-access.ts'

type Operation = (typeof GUARDRAIL_OPERATIONS)['listGuardrailFindings']

const PERIOD_MS = 30 * 86_400_000

/** Of the requests that the caller may see in the log. */
export const handleListGuardrailFindings: HandlerOf<Operation, ControlContext> = async ({ id }, context) => {
  const organizationId = organizationOf(context)
  const guardrail = await getGuardrail(context.tx, organizationId, id)
  await requireGuardrail(context, 'guardrail:read', guardrail)
  const { since, filters } = await countFindings(context.tx, {
    organizationId,
    guardrailId: guardrail.id,
    visible: visibleIn(context.access, 'log:read'),
    from: context.now - PERIOD_MS,
  })
  return { data: { since: toIso(since), filters } }
}

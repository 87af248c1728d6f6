import type { FALSE_POSITIVE_OPERATIONS } from '../../contract/inference/false-positives.ts'
import type { HandlerOf, HandlersFor } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { NOT_CHECKED } from '../../domain/content-filter-labels.ts'
import type { Finding } from '../../domain/content-filters.ts'
import { deleteFalsePositives, upsertFalsePositives } from '../../store/queries/false-positives.ts'
import { toIso } from '../../store/schema.ts'
import { requireIn } from '../access.ts'
import { type ControlContext, type MemoryContext, organizationOf } from '../context.ts'
import { decisionToWire } from './explanation-wire.ts'
import { type FoundRequest, findRequest } from './find-request.ts'
import { authorOf } from './generation-access.ts'
import { findingsOf, recordedOf } from './recorded.ts'

type Operations = typeof FALSE_POSITIVE_OPERATIONS
type Handler<Name extends keyof Operations> = HandlerOf<Operations[Name], ControlContext>

/** The comment stays out of the audit log: it may quote what was asked. */
const handleMark: Handler<'markFalsePositive'> = async ({ id, finding, comment }, context) => {
  const found = await findToMark(id, context)
  const { row } = found
  const places = placesOf(found, finding)
  const shared = {
    entry_id: row.id,
    organization_id: organizationOf(context),
    workspace_id: row.workspace_id,
    refused: found.kind === 'refusal',
    requested_at: toIso(row.created_at),
    marked_by: authorOf(context.actor),
    marked_at: toIso(context.now),
    comment: comment ?? null,
  }
  const marks = places.map((place) => ({ ...shared, finding: place }))
  await upsertFalsePositives(context.tx, marks)
  const after = audited(found, places)
  context.audit({ resource: 'false_positive', id: row.id, workspaceId: row.workspace_id, after })
  return { data: await toWire(found, context) }
}

const handleUnmark: Handler<'unmarkFalsePositive'> = async ({ id, finding }, context) => {
  const found = await findToMark(id, context)
  const { row } = found
  const places = placesOf(found, finding)
  const freed = await deleteFalsePositives(context.tx, organizationOf(context), { entryId: row.id, findings: places })
  const before = audited(found, freed)
  if (freed.length === 0) context.didNothing()
  else context.audit({ resource: 'false_positive', id: row.id, workspaceId: row.workspace_id, before })
  return { data: await toWire(found, context) }
}

export const FALSE_POSITIVE_HANDLERS: HandlersFor<Operations, ControlContext, MemoryContext> = {
  markFalsePositive: handleMark,
  unmarkFalsePositive: handleUnmark,
}

/** For who sees the log of the request and manages the guardrails of its workspace. */
async function findToMark(id: string, context: ControlContext): Promise<FoundRequest> {
  const found = await findRequest(context, id)
  const place = { workspaceId: found.row.workspace_id, ownerUserId: found.row.user_id }
  requireIn(context, 'log:read', place, 'Generation')
  requireIn(context, 'guardrail:write', place, 'Generation')
  return found
}

/** Which findings are meant. That texts went on unread is no find. */
function placesOf(found: FoundRequest, wanted: number | undefined): number[] {
  const findings = findingsOf(found)
  const places = [...findings.keys()].filter((at) => findings[at]?.filter !== NOT_CHECKED)
  if (places.length === 0) throw new AppError('invalid_request', 'id: content filters found nothing in this request')
  if (wanted === undefined) return places
  if (places.includes(wanted)) return [wanted]
  throw new AppError('invalid_request', `finding: is none of ${places.join(', ')}`)
}

function audited(found: FoundRequest, places: readonly number[]) {
  const findings: readonly (Finding | undefined)[] = findingsOf(found)
  return {
    id: found.row.id,
    findings: places.map((at) => ({ finding: at, filter: findings[at]?.filter, action: findings[at]?.action })),
  }
}

async function toWire(found: FoundRequest, context: ControlContext) {
  const { guardrail_findings } = decisionToWire(await recordedOf(found, context))
  return { id: found.row.id, guardrail_findings }
}

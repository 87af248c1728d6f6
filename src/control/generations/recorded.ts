import { reachIn } from '../../domain/access.ts'
import type { Finding } from '../../domain/content-filters.ts'
import type { LimitScope } from '../../domain/decision.ts'
import { findRules } from '../../store/queries/decisions.ts'
import { findFalsePositives } from '../../store/queries/false-positives.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import type { Recorded } from './explanation-wire.ts'
import type { FoundRequest } from './find-request.ts'

/** What was put on record with a request, and what was said since of what filters found in it. */
export async function recordedOf(found: FoundRequest, context: ControlContext): Promise<Recorded> {
  const { id, decision, workspace_id } = found.row
  const organizationId = organizationOf(context)
  const name = decision?.rules
  const rules = name === undefined ? undefined : await findRules(context.tx, organizationId, name)
  const findings = findingsOf(found)
  const marks = findings.length === 0 ? new Map() : await findFalsePositives(context.tx, organizationId, id)
  const maySeeMarks = reachIn(context.access, 'guardrail:write', workspace_id) === 'ws'
  return { decision, rules, findings, marks, maySeeMarks, maySee: seesFigures(context, workspace_id) }
}

/** What content filters found in it. */
export function findingsOf({ kind, row }: FoundRequest): readonly Finding[] {
  return (kind === 'generation' ? row.findings : row.decision?.findings) ?? []
}

/** A key's own limit is told to whoever may ask about its requests. */
function seesFigures({ access }: ControlContext, workspaceId: string | null): Recorded['maySee'] {
  const [budgets, credits] = [reachIn(access, 'budget:read', workspaceId), reachIn(access, 'credit:read', workspaceId)]
  return (scope: LimitScope) => {
    if (scope === 'key') return true
    return (scope === 'credits' || scope === 'workspace_pool' ? credits : budgets) !== undefined
  }
}

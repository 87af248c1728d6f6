import type { AlertKind } from '../../contract/management/alert-conditions.ts'
import type { AlertWire } from '../../contract/management/alerts.ts'
import { newUuid } from '../../platform/ids.ts'
import { toIso } from '../../store/schema.ts'

/** What is sent as a test: an alert that nobody raised, about the place itself. */
export function sampleAlert(
  place: { organization_id: string; workspace_id: string | null; user_id: string | null; name: string },
  of: { kind: AlertKind; ruleId: string; now: number },
): AlertWire {
  const id = place.workspace_id ?? place.organization_id
  return {
    id: newUuid(),
    rule_id: of.ruleId,
    kind: of.kind,
    workspace_id: place.workspace_id,
    user_id: place.user_id,
    subject: { kind: place.workspace_id === null ? 'organization' : 'workspace', id, name: place.name },
    message: `This is a test of "${place.name}". Nothing has happened.`,
    details: {},
    created_at: toIso(of.now),
    resolved_at: null,
    acknowledged_at: null,
    acknowledged_by: null,
  }
}

import type { AlertWire } from '../../contract/management/alerts.ts'

/** What an alert can be about, and whose it is. */
export interface AlertSubject {
  kind: AlertWire['subject']['kind']
  /** Of a key its number. */
  id: string
  name: string
  organizationId: string
  /** Null: no workspace's. */
  workspaceId: string | null
  /** The member whose key or limit it is. */
  userId: string | null
}

/** Something worth telling once. */
export interface AlertHit {
  subject: AlertSubject
  /** What is told once alone of the rule and the subject. */
  occurrence: string
  /** A sentence. */
  message: string
  details: AlertWire['details']
}

/** Whether a rule that lies there is about the subject: that of a workspace about what is in it, somebody's own about what is
 *  theirs. */
export function isWatched(
  rule: { organization_id: string; workspace_id: string | null; user_id: string | null },
  subject: AlertSubject,
): boolean {
  if (rule.organization_id !== subject.organizationId) return false
  if (rule.workspace_id !== null && rule.workspace_id !== subject.workspaceId) return false
  return rule.user_id === null || rule.user_id === subject.userId
}

import { z } from 'zod'
import type { AUDIT_OPERATIONS, AuditLogWire } from '../../../../src/contract/management/audit.ts'
import type { RequestOf } from '../../../../src/contract/operation.ts'

export const ACTOR_WORDS: Readonly<Record<AuditLogWire['actor_kind'], string>> = {
  session: 'Member, signed in',
  management_key: 'Management key',
  key: 'Key',
  bootstrap: 'Set-up',
  system: 'Switchyard itself',
  scim: 'Directory (SCIM)',
}

const ACTORS = Object.keys(ACTOR_WORDS) as [AuditLogWire['actor_kind'], ...AuditLogWire['actor_kind'][]]
const Day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .optional()
  .catch(undefined)

export const AuditSearch = z.object({
  actor: z.enum(ACTORS).optional().catch(undefined),
  action: z.string().max(200).optional(),
  resource: z.string().max(200).optional(),
  resource_id: z.string().max(200).optional(),
  user: z.string().max(200).optional(),
  workspace: z.uuid().optional().catch(undefined),
  from: Day,
  to: Day,
  cursor: z.string().regex(/^\d+$/).optional().catch(undefined),
  entry: z.uuid().optional().catch(undefined),
})
export type AuditSearch = z.output<typeof AuditSearch>

export type AuditFilter = Omit<RequestOf<typeof AUDIT_OPERATIONS.listAuditLogs>, 'cursor' | 'limit'>

/** Days are whole ones, in UTC. */
export function toAuditFilter({
  actor,
  action,
  resource,
  resource_id,
  user,
  workspace,
  from,
  to,
}: AuditSearch): AuditFilter {
  return {
    actor_kind: actor,
    action,
    resource_type: resource,
    resource_id,
    user_id: user,
    workspace_id: workspace,
    from: from === undefined ? undefined : `${from}T00:00:00Z`,
    to: to === undefined ? undefined : `${to}T23:59:59.999Z`,
  }
}

/** What people do with their own login, which is no operation of the API. */
const LOGIN_WORDS: Readonly<Record<string, string>> = {
  setPassword: 'First password chosen',
  changePassword: 'Password changed',
  resetPassword: 'Password chosen anew by mail',
  enableSecondFactor: 'Second factor switched on',
  disableSecondFactor: 'Second factor switched off',
  renewBackupCodes: 'New backup codes made',
  addPasskey: 'Passkey added',
  deletePasskey: 'Passkey removed',
  changeEmail: 'E-mail address changed',
  linkIdentity: 'Identity provider linked',
  endSession: 'Session ended by its owner',
  endOtherSessions: 'All other sessions ended by their owner',
  limitSignIn: 'Too many wrong passwords',
}

/** `updateOrganizationPolicy` as `Update organization policy`. */
export function actionWords(action: string): string {
  const own = LOGIN_WORDS[action]
  if (own !== undefined) return own
  const words = action
    .replaceAll(/([a-z])([A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$3 $2')
    .toLowerCase()
    .replace('byok', 'BYOK')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

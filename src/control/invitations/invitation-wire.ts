import { createHash, randomBytes } from 'node:crypto'
import type { InvitationWire } from '../../contract/management/invitations.ts'
import type { InvitationRow, InvitationStatus } from '../../store/queries/invitations.ts'
import { toIso } from '../../store/schema.ts'

const TOKEN_BYTES = 32

/** What the link carries: shown or sent once, kept only as its hash. */
export function newInvitationToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url')
}

export function hashInvitationToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

export function invitationStatus(row: InvitationRow, now: number): InvitationStatus {
  if (row.accepted_at !== null) return 'accepted'
  if (row.revoked_at !== null) return 'revoked'
  return row.expires_at <= now ? 'expired' : 'pending'
}

export function invitationToWire(row: InvitationRow, now: number): InvitationWire {
  return {
    id: row.id,
    email: row.email,
    role: row.role,
    workspaces: row.workspaces.map(({ workspace_id, workspace_role, custom_role_id }) => {
      return { workspace_id, workspace_role, custom_role_id }
    }),
    status: invitationStatus(row, now),
    created_at: toIso(row.created_at),
    created_by: row.created_by,
    sent_at: toIso(row.sent_at),
    expires_at: toIso(row.expires_at),
    accepted_at: row.accepted_at === null ? null : toIso(row.accepted_at),
    accepted_by: row.accepted_by,
  }
}

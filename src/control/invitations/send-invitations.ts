import {
  INVITATION_DAYS_DEFAULT,
  type INVITATION_OPERATIONS,
  type SentInvitationWire,
} from '../../contract/management/invitations.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import {
  getInvitation,
  type InvitationRow,
  insertInvitations,
  renewInvitation,
} from '../../store/queries/invitations.ts'
import { getOrganizationName } from '../../store/queries/joining-members.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { requireInvitation } from './invitation-access.ts'
import { hashInvitationToken, invitationStatus, invitationToWire, newInvitationToken } from './invitation-wire.ts'
import { DAY_MS, type PreparedInvitation, prepareInvitations } from './prepare-invitations.ts'

type Operations = typeof INVITATION_OPERATIONS
type Handler<Name extends keyof Operations> = HandlerOf<Operations[Name], ControlContext>

export const handleCreateInvitation: Handler<'createInvitation'> = async (input, context) => {
  const prepared = await prepareInvitations(context, [input], () => '')
  const [data] = await sendNew(context, prepared)
  if (data === undefined) throw new Error('the invitation that was sent')
  return { data }
}

/** All or none: one wrong element and nobody is invited. */
export const handleBulkCreateInvitations: Handler<'bulkCreateInvitations'> = async (input, context) => {
  const prepared = await prepareInvitations(context, input.invitations, (index) => `invitations.${index}.`)
  return { data: await sendNew(context, prepared) }
}

/** The token changes, so that a link which went astray is worth nothing. */
export const handleResendInvitation: Handler<'resendInvitation'> = async (input, context) => {
  const current = await getInvitation(context.tx, organizationOf(context), input.id)
  await requireInvitation(context, current)
  requireOpen(current, context)
  const token = newInvitationToken()
  const sentAt = context.now
  // Whoever sends it answers for it from then on.
  const sentBy = context.access.userId
  const expiresAt = sentAt + (input.expires_in_days ?? INVITATION_DAYS_DEFAULT) * DAY_MS
  await renewInvitation(context.tx, current.id, { tokenHash: hashInvitationToken(token), sentAt, sentBy, expiresAt })
  const row = { ...current, sent_at: sentAt, created_by: sentBy, expires_at: expiresAt }
  const name = await getOrganizationName(context.tx, organizationOf(context))
  const data = await send(context, { row, token }, name)
  context.audit({
    resource: 'invitation',
    id: row.id,
    workspaceId: workspaceOf([row]),
    before: invitationToWire(current, context.now),
    after: invitationToWire(row, context.now),
  })
  return { data }
}

/** 409 for one that has been accepted or revoked; an expired one can still be sent again. */
export function requireOpen(row: InvitationRow, context: ControlContext): void {
  const status = invitationStatus(row, context.now)
  if (status === 'accepted' || status === 'revoked')
    throw new AppError('conflict', `id: this invitation was ${status} already`)
}

/** The one workspace that invitations are about, for the audit log; null when it is several or the organization. */
export function workspaceOf(rows: readonly InvitationRow[]): string | null {
  const [first, ...others] = rows.flatMap(({ workspaces, workspace_count }) =>
    workspace_count === 1 ? workspaces.map(({ workspace_id }) => workspace_id) : [null],
  )
  return first !== undefined && others.every((id) => id === first) ? first : null
}

async function sendNew(
  context: ControlContext,
  prepared: readonly PreparedInvitation[],
): Promise<SentInvitationWire[]> {
  const rows = prepared.map(({ row }) => row)
  await insertInvitations(context.tx, rows)
  const name = await getOrganizationName(context.tx, organizationOf(context))
  const sent: SentInvitationWire[] = []
  for (const invitation of prepared) sent.push(await send(context, invitation, name))
  context.audit({
    resource: 'invitation',
    id: rows.map(({ id }) => id).join(','),
    workspaceId: workspaceOf(rows),
    after: rows.map((row) => invitationToWire(row, context.now)),
  })
  return sent
}

/** By mail where that is set up; then the link is for the addressee alone. */
async function send(
  context: ControlContext,
  { row, token }: PreparedInvitation,
  organizationName: string,
): Promise<SentInvitationWire> {
  const { outside } = context
  const link = `${outside.publicUrl}/invitations/accept?token=${token}`
  const wire = invitationToWire(row, context.now)
  if (!outside.isMailOn) return { ...wire, link }
  const payload = {
    to: row.email,
    subject: `Your invitation to ${organizationName}`,
    text: mailText({ organizationName, link, expiresAt: wire.expires_at }),
  }
  await context.queue({ kind: 'mail', workspaceId: null, payload })
  return { ...wire, link: null }
}

function mailText(mail: { organizationName: string; link: string; expiresAt: string }): string {
  return `You are invited to join ${mail.organizationName}.

Accept the invitation here:
${mail.link}

The link works once and until ${mail.expiresAt.slice(0, 16).replace('T', ' ')} UTC. If you did not expect it, ignore this message.
`
}

import { z } from 'zod'
import { PageQuery, pageOf } from '../common/pagination.ts'
import { UuidRef } from '../common/path-names.ts'
import { ORGANIZATION_ROLES, WORKSPACE_ROLES } from '../common/permissions.ts'
import { Timestamp, Uuid } from '../common/scalars.ts'
import { operation } from '../operation.ts'

export const INVITATION_DAYS_DEFAULT = 7
const tag = 'Invitations'
const PATH = '/api/v1/organization/invitations'

const InvitationStatus = z.enum(['pending', 'accepted', 'expired', 'revoked'])

export const InvitationWire = z.object({
  id: Uuid,
  email: z.string(),
  /** In the organization. */
  role: z.enum(ORGANIZATION_ROLES),
  /** Those the reader may see. */
  workspaces: z.array(
    z.object({
      workspace_id: Uuid,
      workspace_role: z.enum(WORKSPACE_ROLES).nullable(),
      custom_role_id: Uuid.nullable(),
    }),
  ),
  status: InvitationStatus,
  created_at: Timestamp,
  created_by: z.string().nullable(),
  sent_at: Timestamp,
  expires_at: Timestamp,
  accepted_at: Timestamp.nullable(),
  accepted_by: z.string().nullable(),
})
export type InvitationWire = z.output<typeof InvitationWire>

/** `link` is to be handed over by hand, and only given where no mail is sent; whoever has it can accept. */
const SentInvitationWire = InvitationWire.extend({ link: z.string().nullable() })
export type SentInvitationWire = z.output<typeof SentInvitationWire>

/** What one invitation says. Without workspaces it invites into the organization alone. */
const InvitationInput = {
  email: z.email().max(320),
  role: z.enum(ORGANIZATION_ROLES).optional(),
  workspaces: z
    .array(
      z.strictObject({
        workspace_id: Uuid,
        workspace_role: z.enum(WORKSPACE_ROLES).optional(),
        custom_role_id: Uuid.optional(),
      }),
    )
    .max(50)
    .optional(),
  expires_in_days: z.number().int().min(1).max(30).optional(),
}

const createInvitation = operation({
  id: 'createInvitation',
  method: 'POST',
  path: PATH,
  summary: 'Invite somebody by e-mail into the organization and into workspaces, with a role in each',
  tag,
  permission: 'invitation:write',
  effect: 'write',
  status: 201,
  input: z.strictObject(InvitationInput),
  output: z.object({ data: SentInvitationWire }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found', 'conflict'],
})

const bulkCreateInvitations = operation({
  id: 'bulkCreateInvitations',
  method: 'POST',
  path: `${PATH}/bulk`,
  summary: 'Invite up to 100 people, all or none',
  tag,
  permission: 'invitation:write',
  effect: 'write',
  status: 201,
  input: z.strictObject({ invitations: z.array(z.strictObject(InvitationInput)).min(1).max(100) }),
  output: z.object({ data: z.array(SentInvitationWire) }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found', 'conflict'],
})

const listInvitations = operation({
  id: 'listInvitations',
  method: 'GET',
  path: PATH,
  summary: 'List invitations, newest first',
  tag,
  permission: 'invitation:read',
  effect: 'read',
  input: z.strictObject({ ...PageQuery, status: InvitationStatus.optional() }),
  output: pageOf(InvitationWire),
  errors: ['invalid_request', 'unauthorized', 'forbidden'],
})

const deleteInvitation = operation({
  id: 'deleteInvitation',
  method: 'DELETE',
  path: `${PATH}/{id}`,
  summary: 'Revoke an invitation that has not been accepted',
  tag,
  permission: 'invitation:write',
  effect: 'destructive',
  input: z.strictObject({ id: UuidRef }),
  output: z.object({ deleted: z.literal(true) }),
  errors: ['unauthorized', 'forbidden', 'not_found', 'conflict'],
})

const resendInvitation = operation({
  id: 'resendInvitation',
  method: 'POST',
  path: `${PATH}/{id}/resend`,
  summary: 'Send an invitation again, with a new link and a new expiry; the old link stops working',
  tag,
  permission: 'invitation:write',
  effect: 'write',
  input: z.strictObject({ id: UuidRef, expires_in_days: InvitationInput.expires_in_days }),
  output: z.object({ data: SentInvitationWire }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found', 'conflict'],
})

const acceptInvitation = operation({
  id: 'acceptInvitation',
  method: 'POST',
  path: `${PATH}/accept`,
  summary: 'Accept an invitation with the token of its link',
  tag,
  permission: 'public',
  effect: 'write',
  input: z.strictObject({
    token: z.string().min(1).max(200),
    /** The address that the acceptor believes is invited; another one is refused. */
    email: z.email().max(320).optional(),
    first_name: z.string().min(1).max(100).nullish(),
    last_name: z.string().min(1).max(100).nullish(),
  }),
  output: z.object({
    data: z.object({
      user_id: z.string(),
      email: z.string(),
      organization_id: z.string(),
      role: z.enum(ORGANIZATION_ROLES),
      workspace_ids: z.array(z.string()),
    }),
  }),
  errors: ['invalid_request', 'forbidden', 'not_found', 'conflict', 'rate_limited'],
})

export const INVITATION_OPERATIONS = {
  createInvitation,
  bulkCreateInvitations,
  listInvitations,
  deleteInvitation,
  resendInvitation,
  acceptInvitation,
} as const

import { INVITATION_DAYS_DEFAULT, type INVITATION_OPERATIONS } from '../../contract/management/invitations.ts'
import type { InputOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { newUuid } from '../../platform/ids.ts'
import { type InvitationRow, listPendingFor } from '../../store/queries/invitations.ts'
import { findMemberEmails } from '../../store/queries/joining-members.ts'
import { getLiveWorkspace, type WorkspaceRow } from '../../store/queries/workspaces.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { builtInRole, findRoleChoice, requireRoleCaps, requireWithinOwn } from '../members/role-choice.ts'
import { requireForOrganization, requireMayInviteTo } from './invitation-access.ts'
import { hashInvitationToken, newInvitationToken } from './invitation-wire.ts'

export const DAY_MS = 86_400_000

type InvitationInput = InputOf<(typeof INVITATION_OPERATIONS)['createInvitation']>
type PlaceInput = NonNullable<InvitationInput['workspaces']>[number]

/** An invitation that may be written, and the token of its link. */
export interface PreparedInvitation {
  row: InvitationRow
  token: string
}

/**
 * Checks invitations, each on its own and all together, and makes their rows. `pathOf` names the one that a refusal is about.
 * Throws 400, 403, 404 for a workspace, 409 for an address that is invited there already.
 */
export async function prepareInvitations(
  context: ControlContext,
  inputs: readonly InvitationInput[],
  pathOf: (index: number) => string,
): Promise<PreparedInvitation[]> {
  const workspaces = new Map<string, WorkspaceRow>()
  const prepared: PreparedInvitation[] = []
  for (const [index, input] of inputs.entries()) {
    prepared.push(await under(pathOf(index), () => prepareOne(context, input, workspaces)))
  }
  await requireNewcomers(context, prepared, pathOf)
  await requireRoom(context, prepared, workspaces)
  return prepared
}

async function prepareOne(
  context: ControlContext,
  input: InvitationInput,
  workspaces: Map<string, WorkspaceRow>,
): Promise<PreparedInvitation> {
  const { now } = context
  const role = input.role ?? 'org:member'
  const places = input.workspaces ?? []
  if (role === 'org:admin' || places.length === 0) requireForOrganization(context, role)
  const id = newUuid()
  const token = newInvitationToken()
  const rows: InvitationRow['workspaces'] = []
  for (const [index, place] of places.entries()) {
    rows.push(await under(`workspaces.${index}.`, () => placeOf(context, id, place, workspaces)))
  }
  if (new Set(rows.map(({ workspace_id }) => workspace_id)).size < rows.length)
    throw new AppError('invalid_request', 'workspaces: names a workspace twice')
  const row: InvitationRow = {
    id,
    organization_id: organizationOf(context),
    email: input.email,
    role,
    workspace_count: rows.length,
    token_hash: hashInvitationToken(token),
    created_at: now,
    created_by: context.access.userId,
    sent_at: now,
    expires_at: now + (input.expires_in_days ?? INVITATION_DAYS_DEFAULT) * DAY_MS,
    accepted_at: null,
    accepted_by: null,
    revoked_at: null,
    workspaces: rows,
  }
  return { row, token }
}

async function placeOf(
  context: ControlContext,
  invitationId: string,
  place: PlaceInput,
  workspaces: Map<string, WorkspaceRow>,
): Promise<InvitationRow['workspaces'][number]> {
  const organizationId = organizationOf(context)
  const workspace =
    workspaces.get(place.workspace_id) ?? (await getLiveWorkspace(context.tx, organizationId, place.workspace_id))
  workspaces.set(workspace.id, workspace)
  requireMayInviteTo(context, workspace.id)
  const choice = (await findRoleChoice(context, organizationId, place)) ?? builtInRole('developer')
  requireWithinOwn(context, workspace.id, [choice])
  const { workspace_role, custom_role_id } = choice
  return {
    invitation_id: invitationId,
    organization_id: organizationId,
    workspace_id: workspace.id,
    workspace_role,
    custom_role_id,
  }
}

/** Who is in the organization is added to workspaces, not invited; and nobody is invited to the same place twice. */
async function requireNewcomers(
  context: ControlContext,
  prepared: readonly PreparedInvitation[],
  pathOf: (index: number) => string,
): Promise<void> {
  const organizationId = organizationOf(context)
  const emails = prepared.map(({ row }) => row.email.toLowerCase())
  const members = await findMemberEmails(context.tx, organizationId, emails)
  const member = emails.findIndex((email) => members.includes(email))
  if (member >= 0)
    throw new AppError(
      'invalid_request',
      `${pathOf(member)}email: ${prepared[member]?.row.email} is a member of the organization already; add them to the workspace`,
    )
  const open = await listPendingFor(context.tx, organizationId, emails, context.now)
  for (const [index, { row }] of prepared.entries()) {
    const earlier = prepared.slice(0, index).map((other) => other.row)
    const isTwice = earlier.some((other) => isSamePlace(other, row))
    if (isTwice) throw new AppError('invalid_request', `${pathOf(index)}email: ${row.email} is invited there twice`)
    if (open.some((other) => isSamePlace(other, row)))
      throw new AppError(
        'conflict',
        `${pathOf(index)}email: an invitation of ${row.email} is open; send it again or revoke it`,
      )
  }
}

function isSamePlace(a: InvitationRow, b: InvitationRow): boolean {
  if (a.email.toLowerCase() !== b.email.toLowerCase()) return false
  if (a.workspace_count === 0 || b.workspace_count === 0) return a.workspace_count === b.workspace_count
  const places = new Set(a.workspaces.map(({ workspace_id }) => workspace_id))
  return b.workspaces.some(({ workspace_id }) => places.has(workspace_id))
}

/** There must be room for all of them in each workspace, as it is now; it is asked again when they accept. */
async function requireRoom(
  context: ControlContext,
  prepared: readonly PreparedInvitation[],
  workspaces: ReadonlyMap<string, WorkspaceRow>,
): Promise<void> {
  for (const workspace of workspaces.values()) {
    const newcomers = prepared.flatMap(({ row }) =>
      row.workspaces
        .filter(({ workspace_id }) => workspace_id === workspace.id)
        .map(({ workspace_role }) => ({
          userId: `invited ${row.id}`,
          role: workspace_role,
          isOrganizationAdmin: row.role === 'org:admin',
        })),
    )
    await requireRoleCaps(context, organizationOf(context), workspace, newcomers)
  }
}

/** Puts the path of what is looked at before the field that a refusal names. */
async function under<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid_request' || path === '') throw error
    const options = error.metadata === undefined ? {} : { metadata: error.metadata }
    throw new AppError('invalid_request', path + error.message, {}, options)
  }
}

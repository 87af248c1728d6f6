import { type Insertable, type Selectable, sql } from 'kysely'
import { AppError } from '../../domain/app-error.ts'
import { type Db, toIso } from '../schema.ts'
import type { InvitationTable, InvitationWorkspaceTable } from '../tables/invitations.ts'
import { type CountedRows, readOffsetPage } from './offset-page.ts'

/** The workspaces are those that the transaction may see. */
export interface InvitationRow extends Selectable<InvitationTable> {
  workspaces: Selectable<InvitationWorkspaceTable>[]
}
export type InvitationStatus = 'pending' | 'accepted' | 'expired' | 'revoked'

/** Throws `not_found`, also for an invitation of another organization. */
export async function getInvitation(db: Db, organizationId: string, id: string): Promise<InvitationRow> {
  const row = await db
    .selectFrom('invitation')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row) throw new AppError('not_found', 'Invitation not found', { id })
  const [whole] = await withWorkspaces(db, [row])
  return whole ?? { ...row, workspaces: [] }
}

/** Of whatever organization: for who has nothing but the token. */
export async function findInvitationByToken(db: Db, tokenHash: string): Promise<InvitationRow | undefined> {
  const row = await db.selectFrom('invitation').selectAll().where('token_hash', '=', tokenHash).executeTakeFirst()
  return row === undefined ? undefined : (await withWorkspaces(db, [row]))[0]
}

export interface InvitationFilter {
  offset: number
  limit: number
  /** Only those that name one of these workspaces. */
  visible: 'all' | readonly string[]
  status: InvitationStatus | undefined
  now: number
}

/** Newest first. */
export async function listInvitationRows(
  db: Db,
  organizationId: string,
  filter: InvitationFilter,
): Promise<CountedRows<InvitationRow>> {
  const { visible, status, now } = filter
  let matching = db.selectFrom('invitation').where('organization_id', '=', organizationId)
  if (visible !== 'all') {
    const named = db
      .selectFrom('invitation_workspace')
      .select('invitation_id')
      .where('workspace_id', 'in', visible.length > 0 ? [...visible] : [sql<string>`NULL`])
    matching = matching.where('id', 'in', named)
  }
  if (status !== undefined) matching = matching.where(STATUS_CONDITIONS[status](now))
  const { rows, total } = await readOffsetPage(
    matching,
    matching.selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc'),
    filter,
  )
  return { rows: await withWorkspaces(db, rows), total }
}

const STATUS_CONDITIONS = {
  accepted: () => sql<boolean>`accepted_at IS NOT NULL`,
  revoked: () => sql<boolean>`revoked_at IS NOT NULL`,
  pending: (now: number) => sql<boolean>`accepted_at IS NULL AND revoked_at IS NULL AND expires_at > ${toIso(now)}`,
  expired: (now: number) => sql<boolean>`accepted_at IS NULL AND revoked_at IS NULL AND expires_at <= ${toIso(now)}`,
} satisfies Record<InvitationStatus, (now: number) => unknown>

/** Those for one of the addresses that can still be accepted; addresses in lower case. */
export async function listPendingFor(
  db: Db,
  organizationId: string,
  emails: readonly string[],
  now: number,
): Promise<InvitationRow[]> {
  const rows = await db
    .selectFrom('invitation')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where((where) => where(where.fn<string>('lower', ['email']), 'in', [...emails]))
    .where(STATUS_CONDITIONS.pending(now))
    .execute()
  return await withWorkspaces(db, rows)
}

export async function insertInvitations(db: Db, invitations: readonly InvitationRow[]): Promise<void> {
  const rows: Insertable<InvitationTable>[] = invitations.map(({ workspaces: _workspaces, ...row }) => ({
    ...row,
    created_at: toIso(row.created_at),
    sent_at: toIso(row.sent_at),
    expires_at: toIso(row.expires_at),
    accepted_at: null,
    revoked_at: null,
  }))
  await db.insertInto('invitation').values(rows).execute()
  const places = invitations.flatMap(({ workspaces }) => workspaces)
  if (places.length > 0) await db.insertInto('invitation_workspace').values(places).execute()
}

export async function renewInvitation(
  db: Db,
  id: string,
  renewed: { tokenHash: string; sentAt: number; sentBy: string | null; expiresAt: number },
): Promise<void> {
  await db
    .updateTable('invitation')
    .set({
      token_hash: renewed.tokenHash,
      sent_at: toIso(renewed.sentAt),
      created_by: renewed.sentBy,
      expires_at: toIso(renewed.expiresAt),
    })
    .where('id', '=', id)
    .execute()
}

export async function closeInvitation(
  db: Db,
  id: string,
  end: { revokedAt: number } | { acceptedAt: number; userId: string },
): Promise<void> {
  const changes =
    'revokedAt' in end
      ? { revoked_at: toIso(end.revokedAt) }
      : { accepted_at: toIso(end.acceptedAt), accepted_by: end.userId }
  await db.updateTable('invitation').set(changes).where('id', '=', id).execute()
}

/** Revokes what somebody who goes has invited, and what would let them in again, as far as nobody has accepted it. For as long
 *  as they are in the organization. */
export async function revokeInvitationsAround(
  db: Db,
  organizationId: string,
  userId: string,
  now: number,
): Promise<void> {
  const address = db
    .selectFrom('user_account')
    .select((e) => e.fn<string>('lower', ['email']).as('email'))
    .where('id', '=', userId)
  await db
    .updateTable('invitation')
    .set({ revoked_at: toIso(now) })
    .where('organization_id', '=', organizationId)
    .where((where) =>
      where.or([where('created_by', '=', userId), where(where.fn<string>('lower', ['email']), '=', address)]),
    )
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .execute()
}

/** How many invitations that nobody has accepted or revoked name the custom role. */
export async function countOpenInvitationsWith(db: Db, customRoleId: string): Promise<number> {
  const { total } = await db
    .selectFrom('invitation_workspace as place')
    .innerJoin('invitation', 'invitation.id', 'place.invitation_id')
    .select((e) => e.fn.countAll<bigint>().as('total'))
    .where('place.custom_role_id', '=', customRoleId)
    .where('invitation.accepted_at', 'is', null)
    .where('invitation.revoked_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(total)
}

async function withWorkspaces(db: Db, rows: readonly Selectable<InvitationTable>[]): Promise<InvitationRow[]> {
  if (rows.length === 0) return []
  const ids = rows.map(({ id }) => id)
  const places = await db
    .selectFrom('invitation_workspace')
    .selectAll()
    .where('invitation_id', 'in', ids)
    .orderBy('workspace_id')
    .execute()
  return rows.map((row) => ({ ...row, workspaces: places.filter(({ invitation_id }) => invitation_id === row.id) }))
}

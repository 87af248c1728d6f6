import { type Insertable, sql } from 'kysely'
import { type Db, toIso } from '../schema.ts'
import type { GuardrailKeyAssignmentTable, GuardrailMemberAssignmentTable } from '../tables/guardrails.ts'
import { type CountedRows, readOffsetPage } from './offset-page.ts'

export interface KeyAssignmentRow {
  id: string
  guardrail_id: string
  key_hash: string
  key_name: string
  key_label: string
  assigned_by: string | null
  created_at: number
}

export interface MemberAssignmentRow {
  id: string
  guardrail_id: string
  workspace_id: string
  organization_id: string
  user_id: string
  is_organization_wide: boolean
  assigned_by: string | null
  created_at: number
}

export interface AssignmentFilter {
  /** Of one guardrail; of all when absent. */
  guardrailId?: string
  /** Of guardrails in these workspaces. */
  visible: 'all' | readonly string[]
  offset: number
  limit: number
}

/** Of living keys. */
export async function listKeyAssignmentRows(
  db: Db,
  organizationId: string,
  filter: AssignmentFilter,
): Promise<CountedRows<KeyAssignmentRow>> {
  let all = db
    .selectFrom('guardrail_key_assignment as assignment')
    .innerJoin('api_key as key', 'key.id', 'assignment.key_id')
    .where('assignment.organization_id', '=', organizationId)
    .where('key.deleted_at', 'is', null)
  if (filter.guardrailId !== undefined) all = all.where('assignment.guardrail_id', '=', filter.guardrailId)
  if (filter.visible !== 'all') {
    if (filter.visible.length === 0) return { rows: [], total: 0 }
    all = all.where('assignment.workspace_id', 'in', [...filter.visible])
  }
  return await readOffsetPage(
    all,
    all
      .select([
        'assignment.id',
        'assignment.guardrail_id',
        'key.hash as key_hash',
        'key.name as key_name',
        'key.label as key_label',
        'assignment.assigned_by',
        'assignment.created_at',
      ])
      .orderBy('assignment.created_at')
      .orderBy('assignment.id'),
    filter,
  )
}

/** Of those who are in the organization. */
export async function listMemberAssignmentRows(
  db: Db,
  organizationId: string,
  filter: AssignmentFilter,
): Promise<CountedRows<MemberAssignmentRow>> {
  let all = db
    .selectFrom('guardrail_member_assignment as assignment')
    .innerJoin('organization_member as member', (join) =>
      join
        .onRef('member.user_id', '=', 'assignment.user_id')
        .onRef('member.organization_id', '=', 'assignment.organization_id'),
    )
    .where('assignment.organization_id', '=', organizationId)
  if (filter.guardrailId !== undefined) all = all.where('assignment.guardrail_id', '=', filter.guardrailId)
  if (filter.visible !== 'all') {
    if (filter.visible.length === 0) return { rows: [], total: 0 }
    all = all.where('assignment.workspace_id', 'in', [...filter.visible])
  }
  return await readOffsetPage(
    all,
    all.selectAll('assignment').orderBy('assignment.created_at').orderBy('assignment.id'),
    filter,
  )
}

/** Living keys of one workspace, by hash. */
export async function findKeyIds(
  db: Db,
  workspaceId: string,
  hashes: readonly string[],
): Promise<{ hash: string; id: bigint }[]> {
  return await db
    .selectFrom('api_key')
    .select(['hash', 'id'])
    .where('workspace_id', '=', workspaceId)
    .where('deleted_at', 'is', null)
    .where('hash', 'in', [...hashes])
    .execute()
}

/** Each key gets the guardrail in place of the one it has. A key that has it already keeps its row. */
export async function assignKeys(
  db: Db,
  assignment: Omit<Insertable<GuardrailKeyAssignmentTable>, 'id' | 'key_id' | 'created_at'>,
  keys: readonly { id: string; keyId: bigint }[],
  now: number,
): Promise<void> {
  const keyIds = keys.map(({ keyId }) => keyId)
  await db
    .deleteFrom('guardrail_key_assignment')
    .where('key_id', 'in', keyIds)
    .where('guardrail_id', '!=', assignment.guardrail_id)
    .execute()
  await db
    .insertInto('guardrail_key_assignment')
    .values(keys.map(({ id, keyId }) => ({ ...assignment, id, key_id: keyId, created_at: toIso(now) })))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Returns the hashes of the keys that had the guardrail. */
export async function unassignKeys(db: Db, guardrailId: string, hashes: readonly string[]): Promise<string[]> {
  const rows = await db
    .deleteFrom('guardrail_key_assignment as assignment')
    .using('api_key')
    .whereRef('api_key.id', '=', 'assignment.key_id')
    .where('assignment.guardrail_id', '=', guardrailId)
    .where('api_key.hash', 'in', [...hashes])
    .returning('api_key.hash')
    .execute()
  return rows.map(({ hash }) => hash)
}

type MemberAssignment = Omit<
  Insertable<GuardrailMemberAssignmentTable>,
  'id' | 'user_id' | 'created_at' | 'from_template'
>
interface AssignedMember {
  /** Of the assignment. */
  id: string
  userId: string
}

/** Each member gets the guardrail in place of the one they have in the same reach: everywhere, or in its workspace. */
export async function assignMembers(
  db: Db,
  assignment: MemberAssignment,
  members: readonly AssignedMember[],
  now: number,
): Promise<void> {
  await replaceAssignments(db, { ...assignment, from_template: false }, members, now)
  // Who had got it with a role has it for good now.
  await db
    .updateTable('guardrail_member_assignment')
    .set({ from_template: false, assigned_by: assignment.assigned_by })
    .where('guardrail_id', '=', assignment.guardrail_id)
    .where('user_id', 'in', userIdsOf(members))
    .where('is_organization_wide', '=', assignment.is_organization_wide)
    .where('from_template', '=', true)
    .execute()
}

/** Each member gets the guardrail of a role for everywhere, but for those whom an administrator has given one. */
export async function assignMembersByRole(
  db: Db,
  assignment: Omit<MemberAssignment, 'is_organization_wide'>,
  members: readonly AssignedMember[],
  now: number,
): Promise<void> {
  const byHand = await db
    .selectFrom('guardrail_member_assignment')
    .select('user_id')
    .where('organization_id', '=', assignment.organization_id)
    .where('user_id', 'in', userIdsOf(members))
    .where('is_organization_wide', '=', true)
    .where('from_template', '=', false)
    .execute()
  const kept = new Set(byHand.map(({ user_id }) => user_id))
  const others = members.filter(({ userId }) => !kept.has(userId))
  if (others.length === 0) return
  await replaceAssignments(db, { ...assignment, is_organization_wide: true, from_template: true }, others, now)
}

async function replaceAssignments(
  db: Db,
  assignment: MemberAssignment & { from_template: boolean },
  members: readonly AssignedMember[],
  now: number,
): Promise<void> {
  let replaced = db
    .deleteFrom('guardrail_member_assignment')
    .where('organization_id', '=', assignment.organization_id)
    .where('user_id', 'in', userIdsOf(members))
    .where('is_organization_wide', '=', assignment.is_organization_wide)
    .where('guardrail_id', '!=', assignment.guardrail_id)
  if (!assignment.is_organization_wide) replaced = replaced.where('workspace_id', '=', assignment.workspace_id)
  await replaced.execute()
  await db
    .insertInto('guardrail_member_assignment')
    .values(members.map(({ id, userId }) => ({ ...assignment, id, user_id: userId, created_at: toIso(now) })))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

function userIdsOf(members: readonly AssignedMember[]): string[] {
  return members.map(({ userId }) => userId)
}

/** Returns the members who had the guardrail. With `inWorkspaceOnly` assignments that hold everywhere stay. */
export async function unassignMembers(
  db: Db,
  guardrailId: string,
  from: { userIds: readonly string[]; inWorkspaceOnly: boolean },
): Promise<string[]> {
  let assigned = db
    .deleteFrom('guardrail_member_assignment')
    .where('guardrail_id', '=', guardrailId)
    .where('user_id', 'in', [...from.userIds])
  if (from.inWorkspaceOnly) assigned = assigned.where('is_organization_wide', '=', false)
  const rows = await assigned.returning('user_id').execute()
  return [...new Set(rows.map(({ user_id }) => user_id))]
}

/** A guardrail, this one or one of a workspace, that holds beyond its workspace: for members everywhere, or with a role. */
export async function findHoldingEverywhere(
  db: Db,
  which: { id: string } | { workspaceId: string },
): Promise<{ id: string; name: string } | undefined> {
  return await db
    .selectFrom('guardrail')
    .select(['id', 'name'])
    .where('id' in which ? 'id' : 'workspace_id', '=', 'id' in which ? which.id : which.workspaceId)
    .where(
      sql<boolean>`(EXISTS (SELECT FROM guardrail_member_assignment m
        WHERE m.guardrail_id = guardrail.id AND m.is_organization_wide)
      OR EXISTS (SELECT FROM role_template t WHERE t.guardrail_id = guardrail.id))`,
    )
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
}

/** Those of `userIds` who work in a workspace that isn't Default. */
export async function findWorkspaceMembers(
  db: Db,
  workspaceId: string,
  userIds: readonly string[],
): Promise<Set<string>> {
  const rows = await db
    .selectFrom('workspace_member')
    .select('user_id')
    .where('workspace_id', '=', workspaceId)
    .where('user_id', 'in', [...userIds])
    .execute()
  return new Set(rows.map(({ user_id }) => user_id))
}

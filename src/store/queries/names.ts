import type { Db } from '../schema.ts'

/** Ids of keys by hash, of those that there are; with `deleted` also of keys that were deleted. */
export async function findKeyIds(
  db: Db,
  organizationId: string,
  hashes: readonly string[],
  { deleted }: { deleted: boolean },
): Promise<Map<string, bigint>> {
  if (hashes.length === 0) return new Map()
  const keys = db
    .selectFrom('api_key')
    .select(['hash', 'id'])
    .where('organization_id', '=', organizationId)
    .where('hash', 'in', [...hashes])
  const rows = await (deleted ? keys : keys.where('deleted_at', 'is', null)).execute()
  return new Map(rows.map(({ hash, id }) => [hash, id]))
}

export async function findKeyNames(
  db: Db,
  organizationId: string,
  ids: readonly bigint[],
): Promise<Map<bigint, { hash: string; name: string }>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('api_key')
    .select(['id', 'hash', 'name'])
    .where('organization_id', '=', organizationId)
    .where('id', 'in', [...ids])
    .execute()
  return new Map(rows.map(({ id, hash, name }) => [id, { hash, name }]))
}

export async function findWorkspaceNames(
  db: Db,
  organizationId: string,
  ids: readonly string[],
): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('workspace')
    .select(['id', 'name'])
    .where('organization_id', '=', organizationId)
    .where('id', 'in', [...ids])
    .execute()
  return new Map(rows.map(({ id, name }) => [id, name]))
}

/** Of those who are in the organization. `name` is null for who has given none. */
export async function findMemberNames(
  db: Db,
  organizationId: string,
  userIds: readonly string[],
): Promise<Map<string, { name: string | null; email: string }>> {
  if (userIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('organization_member as member')
    .innerJoin('user_account as user', 'user.id', 'member.user_id')
    .select(['user.id', 'user.email', 'user.first_name', 'user.last_name'])
    .where('member.organization_id', '=', organizationId)
    .where('member.user_id', 'in', [...userIds])
    .execute()
  return new Map(
    rows.map(({ id, email, first_name, last_name }) => {
      const name = [first_name, last_name].filter((part) => part !== null && part !== '').join(' ')
      return [id, { name: name === '' ? null : name, email }]
    }),
  )
}

import { type Selectable, type SelectQueryBuilder, sql } from 'kysely'
import type { LostMoney } from '../../domain/alerts/spend-alerts.ts'
import type { Db, Schema } from '../schema.ts'
import type { LeaseTable } from '../tables/leases.ts'
import { type CountedRows, type OffsetPage, readOffsetPage } from './offset-page.ts'

type StoredLease = Pick<
  Selectable<LeaseTable>,
  | 'id'
  | 'scope_kind'
  | 'scope_id'
  | 'kind'
  | 'interval'
  | 'window_start'
  | 'replica_id'
  | 'granted_nano'
  | 'charged_nano'
  | 'state'
  | 'changed_at'
>

/** A lease and what it is on. */
export interface NamedLease extends StoredLease {
  /** Of its key, project, workspace or member, by which callers know them; null where it is on a pool of the organization. */
  named_id: string | null
  name: string | null
  workspace_id: string | null
}

interface Wanted {
  organizationId: string
  replica?: string | undefined
}

/** Those of which somebody may give something back. */
function unconfirmed(db: Db, { organizationId, replica }: Wanted) {
  const found = db
    .selectFrom('lease')
    .where('lease.organization_id', '=', organizationId)
    .where('lease.state', '=', 'unconfirmed')
    .whereRef('granted_nano', '>', 'charged_nano')
  return replica === undefined ? found : found.where('replica_id', '=', replica)
}

/** Newest first. */
export async function listUnconfirmedRows(db: Db, wanted: Wanted & OffsetPage): Promise<CountedRows<NamedLease>> {
  const found = unconfirmed(db, wanted)
  const ordered = withNames(found).orderBy('lease.changed_at', 'desc').orderBy(sql`lease.id COLLATE "C"`)
  return await readOffsetPage(found, ordered, wanted)
}

/** Of what is found: what it holds of pools of credits, and of other limits. */
const heldOf = (isPool: boolean) =>
  sql<bigint>`coalesce(sum(granted_nano - charged_nano) FILTER (WHERE (scope_kind = 'pool') = ${isPool}::boolean), 0)::bigint`

export async function sumUnconfirmed(db: Db, wanted: Wanted): Promise<{ pools: bigint; limits: bigint }> {
  return await unconfirmed(db, wanted)
    .select([heldOf(true).as('pools'), heldOf(false).as('limits')])
    .executeTakeFirstOrThrow()
}

/** By organization and process, in the whole installation. */
export async function loadLostMoney(db: Db): Promise<LostMoney[]> {
  const rows = await db
    .selectFrom('lease')
    .innerJoin('organization', 'organization.id', 'lease.organization_id')
    .where('state', '=', 'unconfirmed')
    .whereRef('granted_nano', '>', 'charged_nano')
    .groupBy(['organization.id', 'organization.name', 'replica_id', 'generation'])
    .select(['organization.id', 'organization.name', 'replica_id', 'generation'])
    .select([sql<bigint>`count(*)`.as('leases'), heldOf(true).as('inPools'), heldOf(false).as('inLimits')])
    .execute()
  return rows.map(({ generation, id, inLimits, inPools, leases, name, replica_id: replica }) => ({
    subject: { kind: 'organization', id, name, organizationId: id, workspaceId: null, userId: null },
    replica,
    generation,
    leases: Number(leases),
    inPools,
    inLimits,
  }))
}

/** Unknown ids, those of another organization and those of leases that hold nothing are left out. */
export async function findUnconfirmedLeases(
  db: Db,
  organizationId: string,
  ids: readonly string[],
): Promise<NamedLease[]> {
  return await withNames(unconfirmed(db, { organizationId }).where('lease.id', 'in', [...ids])).execute()
}

/** Of the whole installation. */
export async function countUnconfirmedLeases(db: Db): Promise<number> {
  const { count } = await db
    .selectFrom('lease')
    .select(sql<bigint>`count(*)`.as('count'))
    .where('state', '=', 'unconfirmed')
    .whereRef('granted_nano', '>', 'charged_nano')
    .executeTakeFirstOrThrow()
  return Number(count)
}

function withNames(leases: SelectQueryBuilder<Schema, 'lease', object>) {
  const idIf = (kinds: readonly string[], id: string) =>
    sql.raw(`CASE WHEN scope_kind IN (${kinds.map((kind) => `'${kind}'`).join(', ')}) THEN ${id} END`)
  return leases
    .leftJoin('api_key as key', (join) => join.on('key.id', '=', sql<bigint>`${idIf(['key'], 'scope_id::bigint')}`))
    .leftJoin('project', (join) => join.on('project.id', '=', sql<string>`${idIf(['project'], 'scope_id::uuid')}`))
    .leftJoin('user_account as user', (join) =>
      join.on(
        'user.id',
        '=',
        sql<string>`${idIf(['member', 'organization_member'], "substr(scope_id, strpos(scope_id, '/') + 1)")}`,
      ),
    )
    .leftJoin('workspace', (join) =>
      join.on(
        'workspace.id',
        '=',
        sql<string>`CASE scope_kind WHEN 'workspace' THEN scope_id::uuid
          WHEN 'member' THEN split_part(scope_id, '/', 1)::uuid
          WHEN 'pool' THEN (CASE WHEN scope_id LIKE 'workspace:%' THEN split_part(scope_id, ':', 2) END)::uuid END`,
      ),
    )
    .select([
      'lease.id',
      'scope_kind',
      'scope_id',
      'kind',
      'interval',
      'window_start',
      'replica_id',
      'granted_nano',
      'charged_nano',
      'lease.state',
      'lease.changed_at',
      sql<string | null>`coalesce(key.hash, project.id::text, "user".id, workspace.id::text)`.as('named_id'),
      sql<string | null>`coalesce(key.name, project.name,
        CASE WHEN "user".id IS NULL THEN workspace.name
          ELSE coalesce(nullif(concat_ws(' ', nullif("user".first_name, ''), nullif("user".last_name, '')), ''), "user".email)
        END)`.as('name'),
      sql<string | null>`coalesce(key.workspace_id, project.workspace_id, workspace.id)`.as('workspace_id'),
    ])
}

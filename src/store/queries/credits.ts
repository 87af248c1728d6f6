import { type Insertable, type Selectable, sql } from 'kysely'
import { AppError } from '../../domain/app-error.ts'
import { type Db, type LedgerEntryTable, toIso } from '../schema.ts'
import type { CreditMovementTable } from '../tables/credits.ts'
import { type CountedRows, readOffsetPage } from './offset-page.ts'
import { refreshPools } from './pools.ts'

export type CreditMovementRow = Selectable<CreditMovementTable>
type Kind = CreditMovementRow['kind']

/** The names of the ledger's sides: what an organization has, what a dedicated pool has, where credits come from. */
export const organizationBalance = (organizationId: string) => `organization:${organizationId}`
export const workspaceBalance = (workspaceId: string) => `workspace:${workspaceId}`
export const funding = (organizationId: string) => `funding:${organizationId}`

/** The sum of all entries of one side of the ledger. */
export async function loadBalance(db: Db, side: string): Promise<bigint> {
  const { rows } = await sql<{ balance: bigint }>`
    SELECT (coalesce((SELECT sum(amount_nano) FROM ledger_entry WHERE credit_account = ${side}), 0)
      - coalesce((SELECT sum(amount_nano) FROM ledger_entry WHERE debit_account = ${side}), 0))::bigint AS balance`.execute(
    db,
  )
  return rows[0]?.balance ?? 0n
}

/** What the living workspaces of the organization keep of its balance for themselves. */
export async function sumReserved(db: Db, organizationId: string): Promise<bigint> {
  const { total } = await db
    .selectFrom('workspace')
    .select(sql<bigint>`least(coalesce(sum(reserved_nano), 0), 9223372036854775807)::bigint`.as('total'))
    .where('organization_id', '=', organizationId)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow()
  return total
}

export async function insertMovement(db: Db, row: Insertable<CreditMovementTable>): Promise<CreditMovementRow> {
  return await db.insertInto('credit_movement').values(row).returningAll().executeTakeFirstOrThrow()
}

/** The one that was made under this reference before, about the same workspace or about none. */
export async function findMovementByReference(
  db: Db,
  organizationId: string,
  named: { kind: Kind; workspaceId: string | null; reference: string },
): Promise<CreditMovementRow | undefined> {
  return await db
    .selectFrom('credit_movement')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('kind', '=', named.kind)
    .where('workspace_id', 'is not distinct from', named.workspaceId)
    .where('reference', '=', named.reference)
    .executeTakeFirst()
}

/** Throws `not_found`, also for one of another organization. */
export async function getMovement(
  db: Db,
  organizationId: string,
  named: { kind: Kind; id: string },
): Promise<CreditMovementRow> {
  const row = await db
    .selectFrom('credit_movement')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('kind', '=', named.kind)
    .where('id', '=', named.id)
    .executeTakeFirst()
  if (!row) throw new AppError('not_found', `Credit ${named.kind} not found`)
  return row
}

/** Newest first. `workspaceIds`: only of these; `all` also has those of no workspace. */
export async function listMovementRows(
  db: Db,
  organizationId: string,
  wanted: { kind: Kind; workspaceIds: 'all' | readonly string[]; offset: number; limit: number },
): Promise<CountedRows<CreditMovementRow>> {
  let found = db
    .selectFrom('credit_movement')
    .where('organization_id', '=', organizationId)
    .where('kind', '=', wanted.kind)
  const { workspaceIds } = wanted
  if (workspaceIds !== 'all') {
    if (workspaceIds.length === 0) return { rows: [], total: 0 }
    found = found.where('workspace_id', 'in', [...workspaceIds])
  }
  return await readOffsetPage(found, found.selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc'), wanted)
}

export async function completeMovement(db: Db, id: string, now: number): Promise<CreditMovementRow> {
  return await db
    .updateTable('credit_movement')
    .set({ status: 'completed', completed_at: toIso(now), failure: null })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Books a movement that is completed: its id is the entry's, so it can be booked only once. */
export async function bookMovement(
  db: Db,
  { id, organization_id, kind, amount_nano, note }: CreditMovementRow,
  sides: { from: string; to: string; now: number },
): Promise<void> {
  const [debit_account, credit_account] = [sides.from, sides.to]
  const entry = { id, organization_id, kind, debit_account, credit_account, amount_nano, note }
  await bookEntry(db, { ...entry, created_at: toIso(sides.now) })
}

/** One entry, which no generation made; the pools that it moves money between know it at once. */
export async function bookEntry(db: Db, entry: Omit<Insertable<LedgerEntryTable>, 'generation_id'>): Promise<void> {
  await db
    .insertInto('ledger_entry')
    .values({ ...entry, generation_id: null })
    .execute()
  await refreshPools(db, [entry.debit_account, entry.credit_account])
}

import { type RawBuilder, sql } from 'kysely'
import type { Db } from './schema.ts'
import type { IdentityTables } from './tables/identity.ts'

/*
 * Rows of the tables that belong to people, for a library that names tables, columns and conditions itself. Names are quoted
 * and values are parameters.
 */

export type IdentityTable = keyof IdentityTables | 'user_account'
export type IdentityRow = Record<string, unknown>

export interface Condition {
  column: string
  operator: 'eq' | 'ne' | 'lt' | 'lte' | 'gt' | 'gte' | 'in' | 'not_in'
  value: unknown
}

export interface RowOrder {
  column: string
  direction: 'asc' | 'desc'
}

const SIGNS = { eq: '=', ne: '<>', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const

export async function insertIdentityRow(db: Db, table: IdentityTable, values: IdentityRow): Promise<IdentityRow> {
  const names = sql.join(Object.keys(values).map((name) => sql.ref(name)))
  const { rows } = await sql<IdentityRow>`
    INSERT INTO ${sql.table(table)} (${names}) VALUES (${sql.join(Object.values(values))}) RETURNING *`.execute(db)
  const [row] = rows
  if (row === undefined) throw new Error(`nothing was inserted into ${table}`)
  return row
}

export async function findIdentityRows(
  db: Db,
  table: IdentityTable,
  conditions: readonly Condition[],
  page: { limit: number; offset?: number; order?: RowOrder },
): Promise<IdentityRow[]> {
  const { order } = page
  const sorted =
    order === undefined
      ? sql``
      : sql`ORDER BY ${sql.ref(order.column)} ${order.direction === 'asc' ? sql`ASC` : sql`DESC`}`
  const { rows } = await sql<IdentityRow>`SELECT * FROM ${sql.table(table)} WHERE ${allOf(table, conditions)} ${sorted}
    LIMIT ${page.limit} OFFSET ${page.offset ?? 0}`.execute(db)
  return rows
}

/** Those it has changed. */
export async function updateIdentityRows(
  db: Db,
  table: IdentityTable,
  conditions: readonly Condition[],
  values: IdentityRow,
): Promise<IdentityRow[]> {
  return await setIdentityRows(db, table, conditions, assignmentsOf(values))
}

/** Of those that match, one: numbers grow by `increments`, and `values` are set beside that, at once. */
export async function incrementIdentityRow(
  db: Db,
  table: IdentityTable,
  conditions: readonly Condition[],
  change: { increments: Readonly<Record<string, number>>; values: IdentityRow },
): Promise<IdentityRow | undefined> {
  const grown = Object.entries(change.increments).map(
    ([name, by]) => sql`${sql.ref(name)} = ${sql.ref(name)} + ${sql.lit(by)}`,
  )
  const [row] = await setIdentityRows(db, table, conditions, [...grown, ...assignmentsOf(change.values)])
  return row
}

/** Those it has deleted. */
export async function deleteIdentityRows(
  db: Db,
  table: IdentityTable,
  conditions: readonly Condition[],
): Promise<IdentityRow[]> {
  const { rows } = await sql<IdentityRow>`
    DELETE FROM ${sql.table(table)} WHERE ${allOf(table, conditions)} RETURNING *`.execute(db)
  return rows
}

export async function countIdentityRows(
  db: Db,
  table: IdentityTable,
  conditions: readonly Condition[],
): Promise<number> {
  const { rows } = await sql<{ total: bigint }>`
    SELECT count(*) AS total FROM ${sql.table(table)} WHERE ${allOf(table, conditions)}`.execute(db)
  return Number(rows[0]?.total ?? 0)
}

async function setIdentityRows(
  db: Db,
  table: IdentityTable,
  conditions: readonly Condition[],
  assignments: readonly RawBuilder<unknown>[],
): Promise<IdentityRow[]> {
  if (assignments.length === 0) return await findIdentityRows(db, table, conditions, { limit: 1 })
  const { rows } = await sql<IdentityRow>`
    UPDATE ${sql.table(table)} SET ${sql.join(assignments)} WHERE ${allOf(table, conditions)} RETURNING *`.execute(db)
  return rows
}

function assignmentsOf(values: IdentityRow): RawBuilder<unknown>[] {
  return Object.entries(values).map(([name, value]) => sql`${sql.ref(name)} = ${value}`)
}

function allOf(table: IdentityTable, conditions: readonly Condition[]): RawBuilder<boolean> {
  if (conditions.length === 0) return sql<boolean>`true`
  return sql.join(
    conditions.map((condition) => toSql(table, condition)),
    sql` AND `,
  ) as RawBuilder<boolean>
}

/** Addresses are one whatever their case, as the index on them has it. */
function toSql(table: IdentityTable, { column, operator, value }: Condition): RawBuilder<unknown> {
  const left = table === 'user_account' && column === 'email' ? sql`lower(email)` : sql.ref(column)
  if (value === null) return operator === 'ne' ? sql`${left} IS NOT NULL` : sql`${left} IS NULL`
  if (operator === 'in' || operator === 'not_in') {
    const list = value as readonly unknown[]
    if (list.length === 0) return operator === 'in' ? sql`false` : sql`true`
    return operator === 'in' ? sql`${left} IN (${sql.join(list)})` : sql`${left} NOT IN (${sql.join(list)})`
  }
  return sql`${left} ${sql.raw(SIGNS[operator])} ${value}`
}

import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../schema.ts'

/** Kept by the migrations of each database itself. */
const OWN_TABLE = 'schema_migration'

export interface TransferColumn {
  name: string
  /** As SQL writes it, from this database's own catalog. */
  type: string
}

export interface TransferTable {
  name: string
  columns: readonly TransferColumn[]
}

/** What tells the content of a table from another: how many rows, and the sum of a hash of each, whatever their order. */
export interface TableSum {
  name: string
  rows: string
  sum: string
}

/** The tables of a database, each behind those that it refers to; of a partitioned one the whole. */
export async function listTransferTables(db: Db): Promise<TransferTable[]> {
  const { rows } = await sql<{ name: string; column: string; type: string }>`
    SELECT relname AS name, attname AS column, format_type(atttypid, atttypmod) AS type
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE ${isOurs} AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> ${OWN_TABLE}
      AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    ORDER BY relname, attnum`.execute(db)
  const columns = Map.groupBy(rows, ({ name }) => name)
  const tables = [...columns].map(([name, found]) => ({
    name,
    columns: found.map(({ column, type }) => ({ name: column, type })),
  }))
  return inOrder(tables, await readReferences(db))
}

const isOurs = sql`relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())`

async function readReferences(db: Db): Promise<Map<string, Set<string>>> {
  const { rows } = await sql<{ name: string; target: string }>`
    SELECT pg_class.relname AS name, target.relname AS target
    FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid JOIN pg_class AS target ON target.oid = confrelid
    WHERE contype = 'f' AND conparentid = 0 AND confrelid <> conrelid`.execute(db)
  const references = new Map<string, Set<string>>()
  for (const { name, target } of rows) references.set(name, (references.get(name) ?? new Set()).add(target))
  return references
}

function inOrder(tables: readonly TransferTable[], references: ReadonlyMap<string, ReadonlySet<string>>) {
  const ordered: TransferTable[] = []
  const placed = new Set<string>()
  let left = tables
  while (left.length > 0) {
    const next = left.filter(({ name }) => [...(references.get(name) ?? [])].every((target) => placed.has(target)))
    if (next.length === 0) throw new Error(`tables refer to each other: ${left.map(({ name }) => name).join(', ')}`)
    for (const { name } of next) placed.add(name)
    ordered.push(...next)
    left = left.filter(({ name }) => !placed.has(name))
  }
  return ordered
}

/** Which of these tables have a row. */
export async function listFilled(db: Db, tables: readonly TransferTable[]): Promise<string[]> {
  const questions = tables.map(
    ({ name }) => sql`SELECT ${name}::text AS name WHERE EXISTS (SELECT FROM ${sql.table(name)})`,
  )
  const { rows } = await sql<{ name: string }>`${sql.join(questions, sql` UNION ALL `)}`.execute(db)
  return rows.map(({ name }) => name)
}

/** Reads every row. Both databases write a value as the same text, so equal content gives equal sums in either. */
export async function readTableSum(db: Db, { name, columns }: TransferTable): Promise<TableSum> {
  const hash = sql`encode(substring(sha256(convert_to(${valuesOf(columns)}::text, 'UTF8')) FROM 1 FOR 7), 'hex')`
  const { rows } = await sql<{ rows: string; sum: string }>`
    SELECT count(*)::text AS rows, coalesce(sum(('x' || ${hash})::bit(56)::bigint), 0)::text AS sum
    FROM ${sql.table(name)}`.execute(db)
  const [found] = rows
  if (found === undefined) throw new Error(`${name} was not counted`)
  return { name, ...found }
}

/** The values of a row as texts, in the order of the columns. */
export function valuesOf(columns: readonly TransferColumn[]): RawBuilder<string[]> {
  return sql`ARRAY[${sql.join(columns.map(({ name }) => sql`${sql.ref(name)}::text`))}]`
}

/** Within a transaction: no time-out of a statement, and one way to write dates, numbers and bytes. */
export async function setTransferSession(db: Db): Promise<void> {
  const settings = {
    statement_timeout: '0',
    lock_timeout: '30s',
    idle_in_transaction_session_timeout: '0',
    TimeZone: 'UTC',
    DateStyle: 'ISO, YMD',
    IntervalStyle: 'postgres',
    bytea_output: 'hex',
    extra_float_digits: '1',
  }
  for (const [name, value] of Object.entries(settings))
    await sql`SELECT set_config(${name}, ${value}, true)`.execute(db)
}

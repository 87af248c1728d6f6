import { type SelectQueryBuilder, type Simplify, sql } from 'kysely'

/** `offset` ≥ 0 rows are left out, at most `limit` are read. */
export interface OffsetPage {
  offset: number
  limit: number
}

/** A page of rows, and how many rows there are on all pages. */
export interface CountedRows<Row> {
  rows: Row[]
  total: number
}

/** `ordered` reads the rows of `matching` in an order that leaves no ties. */
export async function readOffsetPage<
  Counted,
  CountedTable extends keyof Counted,
  Read,
  ReadTable extends keyof Read,
  Row,
>(
  matching: SelectQueryBuilder<Counted, CountedTable, Record<never, never>>,
  ordered: SelectQueryBuilder<Read, ReadTable, Row>,
  page: OffsetPage,
): Promise<CountedRows<Simplify<Row>>> {
  const rows = await ordered.offset(page.offset).limit(page.limit).execute()
  const { total } = await matching
    .select(sql<bigint>`count(*)`.as('total'))
    .$castTo<{ total: bigint }>()
    .executeTakeFirstOrThrow()
  return { rows, total: Number(total) }
}

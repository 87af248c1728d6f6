import { type Selectable, type SelectQueryBuilder, sql } from 'kysely'
import { AppError } from '../../domain/app-error.ts'
import type { Db, Schema } from '../schema.ts'
import type { InvoiceLineTable, InvoiceTable } from '../tables/invoices.ts'
import { type CountedRows, type OffsetPage, readOffsetPage } from './offset-page.ts'

/** Whose lines somebody may see. */
export type SeenWorkspaces = 'all' | readonly string[]

/** An invoice with the sum of what is seen of it. */
export type InvoiceRow = Selectable<InvoiceTable> & { seen_nano: bigint }

export type InvoiceLine = Omit<Selectable<InvoiceLineTable>, 'organization_id' | 'invoice_id' | 'position'>

/** Newest first: those with a line of a workspace that is seen. */
export async function listInvoiceRows(
  db: Db,
  organizationId: string,
  page: OffsetPage & { workspaceIds: SeenWorkspaces },
): Promise<CountedRows<InvoiceRow>> {
  const found = seenInvoices(db, organizationId, page.workspaceIds)
  return await readOffsetPage(db.selectFrom(found.as('found')), found.orderBy('number', 'desc'), page)
}

/** Throws `not_found`, also for one that has no line of a workspace that is seen. */
export async function getInvoiceRow(
  db: Db,
  organizationId: string,
  { id, workspaceIds }: { id: string; workspaceIds: SeenWorkspaces },
): Promise<InvoiceRow> {
  const row = await seenInvoices(db, organizationId, workspaceIds).where('invoice.id', '=', id).executeTakeFirst()
  if (!row) throw new AppError('not_found', 'Invoice not found')
  return row
}

function seenInvoices(db: Db, organizationId: string, workspaceIds: SeenWorkspaces) {
  const own = db.selectFrom('invoice').selectAll('invoice').where('invoice.organization_id', '=', organizationId)
  if (workspaceIds === 'all') return own.select('invoice.total_nano as seen_nano')
  const sums = db
    .selectFrom('invoice_line')
    .select(['invoice_id', sql<bigint>`sum(amount_nano)::bigint`.as('seen_nano')])
    .where('workspace_id', 'in', [...workspaceIds])
    .groupBy('invoice_id')
    .as('seen')
  return own.innerJoin(sums, 'seen.invoice_id', 'invoice.id').select('seen.seen_nano')
}

export async function listInvoiceLines(
  db: Db,
  invoiceId: string,
  page: OffsetPage & { workspaceIds: SeenWorkspaces },
): Promise<CountedRows<InvoiceLine>> {
  const all = db.selectFrom('invoice_line').where('invoice_id', '=', invoiceId)
  const found = page.workspaceIds === 'all' ? all : all.where('workspace_id', 'in', [...page.workspaceIds])
  return await readOffsetPage(
    found,
    found
      .select([
        'workspace_id',
        'workspace_name',
        'model',
        'month',
        'amount_nano',
        'requests',
        'prompt_tokens',
        'completion_tokens',
      ])
      .orderBy('position'),
    page,
  )
}

/** The lines of what is charged and on no invoice, in the order they will have there, how many they are, and their sum. */
export async function listOwedLines(
  db: Db,
  organizationId: string,
  { workspaceIds, offset, limit }: OffsetPage & { workspaceIds: SeenWorkspaces },
): Promise<{ lines: InvoiceLine[]; total: number; sum: bigint }> {
  let owed = db
    .selectFrom('monthly_usage as used')
    .where('used.organization_id', '=', organizationId)
    .whereRef('usage_nano', '>', 'invoiced_nano')
  if (workspaceIds !== 'all') owed = owed.where('used.workspace_id', 'in', [...workspaceIds])
  const lines = await linesOf(owed).offset(offset).limit(limit).execute()
  const { total, sum } = await owed
    .select((e) => [
      e.fn.countAll<bigint>().as('total'),
      sql<bigint>`coalesce(sum(usage_nano - invoiced_nano), 0)::bigint`.as('sum'),
    ])
    .executeTakeFirstOrThrow()
  return { lines, total: Number(total), sum }
}

type OwedRows = SelectQueryBuilder<Schema & { used: Schema['monthly_usage'] }, 'used', object>

function linesOf(owed: OwedRows) {
  return owed
    .leftJoin('workspace', 'workspace.id', 'used.workspace_id')
    .select([
      'used.workspace_id',
      sql<string>`coalesce(workspace.name, used.workspace_id::text)`.as('workspace_name'),
      'used.model',
      'used.month',
      sql<bigint>`usage_nano - invoiced_nano`.as('amount_nano'),
      sql<bigint>`requests - invoiced_requests`.as('requests'),
      sql<bigint>`prompt_tokens - invoiced_prompt_tokens`.as('prompt_tokens'),
      sql<bigint>`completion_tokens - invoiced_completion_tokens`.as('completion_tokens'),
    ])
    .orderBy('used.month')
    .orderBy('workspace.name')
    .orderBy('used.workspace_id')
    .orderBy('used.model')
}

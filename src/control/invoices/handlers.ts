import { INVOICE_EXPORT_LINES_MAX, type INVOICE_OPERATIONS } from '../../contract/management/invoices.ts'
import type { HandlersFor } from '../../contract/operation.ts'
import { toUsd } from '../../domain/money.ts'
import {
  getInvoiceRow,
  listInvoiceLines,
  listInvoiceRows,
  listOwedLines,
  type SeenWorkspaces,
} from '../../store/queries/invoices.ts'
import { toIso } from '../../store/schema.ts'
import { visibleIn } from '../access.ts'
import { type ControlContext, type MemoryContext, organizationOf } from '../context.ts'
import { toPage } from '../page.ts'
import { invoiceToWire, lineToWire, toInvoiceCsv } from './invoice-wire.ts'

type Handlers = HandlersFor<typeof INVOICE_OPERATIONS, ControlContext, MemoryContext>

const handleListInvoices: Handlers['listInvoices'] = async (input, context) => {
  const wanted = { ...seenBy(context), ...toPage(input) }
  const { rows, total } = await listInvoiceRows(context.tx, organizationOf(context), wanted)
  return { data: rows.map((row) => invoiceToWire(row, isPartial(wanted))), total_count: total }
}

const handlePreviewInvoice: Handlers['previewInvoice'] = async (input, context) => {
  const wanted = { ...seenBy(context), ...toPage(input) }
  const { lines, total, sum } = await listOwedLines(context.tx, organizationOf(context), wanted)
  return {
    data: {
      as_of: toIso(context.now),
      currency: 'USD',
      total_usd: toUsd(sum),
      is_partial: isPartial(wanted),
      lines: lines.map(lineToWire),
      line_count: total,
    },
  }
}

const handleGetInvoice: Handlers['getInvoice'] = async (input, context) => {
  const seen = seenBy(context)
  const row = await getInvoiceRow(context.tx, organizationOf(context), { id: input.id, ...seen })
  const { rows: lines, total } = await listInvoiceLines(context.tx, row.id, { ...seen, ...toPage(input) })
  return { data: { ...invoiceToWire(row, isPartial(seen)), lines: lines.map(lineToWire), line_count: total } }
}

const handleExportInvoice: Handlers['exportInvoice'] = async (input, context) => {
  const seen = seenBy(context)
  const row = await getInvoiceRow(context.tx, organizationOf(context), { id: input.id, ...seen })
  const page = { offset: input.offset ?? 0, limit: input.limit ?? INVOICE_EXPORT_LINES_MAX }
  const { rows: lines, total } = await listInvoiceLines(context.tx, row.id, { ...seen, ...page })
  const end = page.offset + lines.length
  const content = toInvoiceCsv(row, lines)
  return {
    data: { format: 'csv', content, row_count: lines.length, next_offset: end < total ? end : null },
  }
}

export const INVOICE_HANDLERS: Handlers = {
  listInvoices: handleListInvoices,
  previewInvoice: handlePreviewInvoice,
  getInvoice: handleGetInvoice,
  exportInvoice: handleExportInvoice,
}

interface Seen {
  workspaceIds: SeenWorkspaces
}

function seenBy({ access }: ControlContext): Seen {
  return { workspaceIds: visibleIn(access, 'invoice:read').workspaceIds }
}

function isPartial({ workspaceIds }: Seen): boolean {
  return workspaceIds !== 'all'
}

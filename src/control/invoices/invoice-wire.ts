import type { InvoiceLineWire, InvoiceWire } from '../../contract/management/invoices.ts'
import { toCsvLine } from '../../domain/csv.ts'
import { addMonths } from '../../domain/invoice-periods.ts'
import { toUsd } from '../../domain/money.ts'
import type { InvoiceLine, InvoiceRow } from '../../store/queries/invoices.ts'
import { toIso } from '../../store/schema.ts'

export function invoiceToWire(row: InvoiceRow, isPartial: boolean): InvoiceWire {
  return {
    id: row.id,
    number: row.number,
    period: toMonth(row.period),
    period_start: startOf(row.period),
    period_end: startOf(addMonths(row.period, 1)),
    issued_at: toIso(row.issued_at),
    currency: 'USD',
    total_usd: toUsd(row.seen_nano),
    is_partial: isPartial,
  }
}

export function lineToWire(line: InvoiceLine): InvoiceLineWire {
  return {
    workspace_id: line.workspace_id,
    workspace_name: line.workspace_name,
    model: line.model,
    month: toMonth(line.month),
    requests: Number(line.requests),
    prompt_tokens: Number(line.prompt_tokens),
    completion_tokens: Number(line.completion_tokens),
    amount_usd: toUsd(line.amount_nano),
  }
}

const COLUMNS = [
  'workspace_id',
  'workspace_name',
  'model',
  'month',
  'requests',
  'prompt_tokens',
  'completion_tokens',
] as const satisfies readonly (keyof InvoiceLineWire)[]

/** The lines as CSV, each with the number of its invoice and its amount with all nine decimals. */
export function toInvoiceCsv({ number }: Pick<InvoiceRow, 'number'>, lines: readonly InvoiceLine[]): string {
  const rows = lines.map((line) => {
    const wire = lineToWire(line)
    return toCsvLine([number, ...COLUMNS.map((column) => wire[column]), toDecimals(line.amount_nano)])
  })
  return [toCsvLine(['invoice_number', ...COLUMNS, 'amount_usd']), ...rows].join('')
}

function toDecimals(nano: bigint): string {
  const digits = String(nano).padStart(10, '0')
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`
}

const startOf = (date: string) => `${date}T00:00:00.000Z`
const toMonth = (date: string) => date.slice(0, 7)

import type { Generated } from 'kysely'
import type { DateText, Instant } from './column-types.ts'

export interface MonthlyUsageTable {
  organization_id: string
  /** The first day of the month. */
  month: DateText
  workspace_id: string
  model: string
  usage_nano: bigint
  requests: bigint
  prompt_tokens: bigint
  completion_tokens: bigint
  /** How much of each is on invoices. */
  invoiced_nano: Generated<bigint>
  invoiced_requests: Generated<bigint>
  invoiced_prompt_tokens: Generated<bigint>
  invoiced_completion_tokens: Generated<bigint>
}

export interface InvoiceTable {
  id: string
  organization_id: string
  /** From 1 on, without gaps, in each organization. */
  number: number
  /** The first day of the month. */
  period: DateText
  total_nano: bigint
  issued_at: Instant
}

export interface InvoiceLineTable {
  organization_id: string
  invoice_id: string
  position: number
  workspace_id: string
  workspace_name: string
  model: string
  /** The month of the usage: the invoice's, or an earlier one whose charges came late. */
  month: DateText
  amount_nano: bigint
  requests: bigint
  prompt_tokens: bigint
  completion_tokens: bigint
}

export interface InvoiceTables {
  monthly_usage: MonthlyUsageTable
  invoice: InvoiceTable
  invoice_line: InvoiceLineTable
}

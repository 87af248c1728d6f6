import { z } from 'zod'
import { Offset, PageQuery, pageOf } from '../common/pagination.ts'
import { UuidRef } from '../common/path-names.ts'
import { Timestamp, Uuid } from '../common/scalars.ts'
import { operation } from '../operation.ts'

export const INVOICE_EXPORT_LINES_MAX = 10_000

const Month = z.string().regex(/^\d{4}-\d{2}$/)

const sums = {
  currency: z.literal('USD'),
  /** The sum of the lines that the reader may see, to the nano-dollar. */
  total_usd: z.number(),
  /** Whether there may be lines of workspaces that the reader doesn't see. */
  is_partial: z.boolean(),
}

export const InvoiceWire = z.object({
  id: Uuid,
  /** From 1 on, without gaps. */
  number: z.number().int(),
  period: Month,
  period_start: Timestamp,
  /** The first moment that is no longer in it. */
  period_end: Timestamp,
  issued_at: Timestamp,
  ...sums,
})
export type InvoiceWire = z.output<typeof InvoiceWire>

export const InvoiceLineWire = z.object({
  workspace_id: Uuid,
  /** As it was when the invoice was issued. */
  workspace_name: z.string(),
  model: z.string(),
  /** The month of the usage: an earlier one than the invoice's where charges came late. */
  month: Month,
  requests: z.number().int(),
  prompt_tokens: z.number().int(),
  completion_tokens: z.number().int(),
  amount_usd: z.number(),
})
export type InvoiceLineWire = z.output<typeof InvoiceLineWire>

const lines = { lines: z.array(InvoiceLineWire), line_count: z.number().int() }
const tag = 'Credits'
const INVOICES = '/api/v1/credits/invoices'
const common = { tag, permission: 'invoice:read', effect: 'read' } as const
const refusals = ['invalid_request', 'unauthorized', 'forbidden'] as const

const listInvoices = operation({
  id: 'listInvoices',
  method: 'GET',
  path: INVOICES,
  summary: 'List invoices, newest first',
  ...common,
  input: z.strictObject(PageQuery),
  output: pageOf(InvoiceWire),
  errors: refusals,
})

const previewInvoice = operation({
  id: 'previewInvoice',
  method: 'GET',
  path: `${INVOICES}/preview`,
  summary: 'What is charged so far and on no invoice yet, by workspace and model',
  ...common,
  input: z.strictObject(PageQuery),
  output: z.object({ data: z.object({ as_of: Timestamp, ...sums, ...lines }) }),
  errors: refusals,
})

const getInvoice = operation({
  id: 'getInvoice',
  method: 'GET',
  path: `${INVOICES}/{id}`,
  summary: 'Get an invoice with its lines, page by page',
  ...common,
  input: z.strictObject({ id: UuidRef, ...PageQuery }),
  output: z.object({ data: InvoiceWire.extend(lines) }),
  errors: [...refusals, 'not_found'],
})

const exportInvoice = operation({
  id: 'exportInvoice',
  method: 'GET',
  path: `${INVOICES}/{id}/export`,
  summary: 'Get the lines of an invoice as CSV',
  ...common,
  input: z.strictObject({
    id: UuidRef,
    offset: Offset,
    limit: z.int().min(1).max(INVOICE_EXPORT_LINES_MAX).nullish(),
  }),
  output: z.object({
    data: z.object({
      format: z.literal('csv'),
      /** The first row names the columns. */
      content: z.string(),
      row_count: z.number().int(),
      /** Where the rest begins; null at the end. */
      next_offset: z.number().int().nullable(),
    }),
  }),
  errors: [...refusals, 'not_found'],
})

export const INVOICE_OPERATIONS = { listInvoices, previewInvoice, getInvoice, exportInvoice } as const

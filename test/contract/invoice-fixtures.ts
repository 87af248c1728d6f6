import { INVOICE_OPERATIONS, type InvoiceWire } from '../../src/contract/management/invoices.ts'
import { eventually } from './fixtures.ts'
import { call } from './request.ts'

/** The two invoices over what the shared gateway found when it started: of the older month and of the newer one. */
export async function oldInvoices(): Promise<[InvoiceWire, InvoiceWire]> {
  const { data } = await eventually(
    () => call(INVOICE_OPERATIONS.listInvoices, {}),
    ({ total_count }) => total_count >= 2,
  )
  const [older, newer] = data.toReversed()
  if (older === undefined || newer === undefined) throw new Error('the gateway issued no invoices')
  return [older, newer]
}

import { expect, test } from 'vitest'
import { createPaymentGiveUp } from './deliver-payment.ts'

async function recordsOf(payload: Record<string, unknown>): Promise<unknown[]> {
  const records: unknown[] = []
  const record = async (...what: unknown[]) => void records.push(what)
  await createPaymentGiveUp({ opened: record, happened: record })({ organizationId: 'org_1', payload })
  return records
}

const purchase = { purchaseId: 'p1', cents: 500 }
const failure = expect.stringContaining('could not be reached')

test('a page that could not be opened at last is a purchase or a method that has failed', async () => {
  expect(await recordsOf({ task: 'checkout', ...purchase })).toEqual([['org_1', { purchaseId: 'p1', failure }]])
  expect(await recordsOf({ task: 'set_up', methodId: 'm1' })).toEqual([['org_1', { methodId: 'm1', failure }]])
})

test('a card of which nobody knows whether it was charged is a purchase that has failed until the provider says more', async () => {
  const event = { organizationId: 'org_1', kind: 'failed', purchaseId: 'p1', reason: failure, id: 'given-up-p1' }
  const charge = { task: 'charge', ...purchase, card: 'c', customer: 'u' }
  expect(await recordsOf(charge)).toEqual([[event]])
  expect(await recordsOf({ task: 'forget', card: 'c' })).toEqual([])
})

import { expect, test } from 'vitest'
import { addMonths } from '../../src/domain/invoice-periods.ts'
import { windowStart } from '../../src/domain/windows.ts'
import { issueInvoices } from '../../src/store/issue-invoices.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { chat, nano, readData, usageOf } from './chat-client.ts'
import { oneProvider } from './provider-config.ts'
import { withDatabase } from './stored-data.ts'

const PATH = '/api/v1/credits/invoices'

/** What is on all invoices and what is on none yet, in nano-dollars. */
async function sums(gateway: Gateway): Promise<{ invoiced: bigint; owed: bigint }> {
  const { body } = await gateway.call('GET', PATH)
  const invoices = (body as { data: { total_usd: number }[] }).data
  const preview = await readData(gateway, `${PATH}/preview`)
  return {
    invoiced: invoices.reduce((sum, { total_usd }) => sum + nano(total_usd), 0n),
    owed: nano(preview['total_usd']),
  }
}

test('invoices and what is owed are together what requests were told they cost, over the end of a month and restarts', async () => {
  const upstream = await startScriptedUpstream()
  await using gateway = await startGateway({ config: oneProvider(upstream.baseUrl) })
  const { body } = await gateway.call('POST', '/api/v1/workspaces', { body: { name: 'Second', slug: 'second' } })
  const second = (body as { data: { id: string } }).data.id
  const keys = [await gateway.createKey(), await gateway.createKey({ workspace_id: second })]
  const spendOnAll = async () => {
    const requests = keys.flatMap((key) => ['alpha/small', 'alpha/flat'].map((model) => chat(gateway, key, { model })))
    return (await Promise.all(requests)).reduce((sum, answer) => sum + nano(usageOf(answer).cost), 0n)
  }
  const first = await spendOnAll()
  await expect.poll(() => sums(gateway)).toEqual({ invoiced: 0n, owed: first })
  const preview = await readData(gateway, `${PATH}/preview`)
  expect(preview['line_count']).toBe(4)

  // As if the month were over.
  const nextMonth = Date.parse(addMonths(windowStart('monthly', Date.now()), 1))
  const issued = await withDatabase(gateway, ({ kysely }) =>
    issueInvoices(kysely, { now: Date.now(), settledAt: nextMonth }),
  )
  expect(issued).toMatchObject([{ number: 1 }])
  expect(await sums(gateway)).toEqual({ invoiced: first, owed: 0n })

  const late = await spendOnAll()
  await expect.poll(() => sums(gateway)).toEqual({ invoiced: first, owed: late })
  await gateway.kill9()
  await gateway.restart()
  expect(await sums(gateway)).toEqual({ invoiced: first, owed: late })
  const { total_usage } = await readData(gateway, '/api/v1/credits')
  expect(nano(total_usage)).toBe(first + late)
  await upstream.close()
})

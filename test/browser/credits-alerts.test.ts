import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { openBrowser, Visitor } from './visitor.ts'

let gateway: Gateway
let browser: Browser

beforeAll(async () => {
  gateway = await startGateway()
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  await gateway?.stop()
})

test('credits are bought, confirmed, given and moved into the pool of a workspace, and the balance follows', async () => {
  await gateway.call('POST', '/api/v1/workspaces', {
    body: { name: 'Paid apart', slug: 'apart', credit_pool: 'dedicated' },
  })
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  const { page } = visitor
  const dialog = page.getByRole('dialog')
  await visitor.enterWithKey(gateway.managementKey)
  await visitor.go('/credits')
  await page.getByRole('button', { name: 'Buy credits' }).click()
  await dialog.getByLabel('Amount').fill('50')
  await dialog.getByRole('button', { name: 'Buy credits' }).click()
  await page.getByText('Not paid yet').waitFor()
  await page.getByRole('button', { name: 'Confirm payment' }).click()
  await dialog.getByRole('button', { name: 'It was paid' }).click()
  await page.getByText('Paid', { exact: true }).waitFor()

  await page.getByRole('button', { name: 'Give credits' }).click()
  await dialog.getByLabel('Amount').fill('25')
  await dialog.getByRole('button', { name: 'Give credits' }).click()
  await page.getByText('$75.00').first().waitFor()

  await page.getByRole('tab', { name: 'Pools' }).click()
  await page.getByRole('button', { name: 'Transfer' }).click()
  await dialog.getByLabel('Amount').fill('30')
  await dialog.getByRole('button', { name: 'Transfer' }).click()
  await page.getByRole('cell', { name: 'Into the pool' }).waitFor()
  expect(await page.getByText('In its pool').textContent()).toContain('$30.00')

  await page.getByRole('tab', { name: 'Payment methods' }).click()
  await page.getByRole('button', { name: 'Add a payment method' }).click()
  await dialog.getByLabel('Name').fill('House bank')
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByText('House bank').waitFor()
  expect(await visitor.accessibilityFaults()).toEqual([])
  await page.getByRole('tab', { name: 'Invoices' }).click()
  await page.getByText('No invoice yet', { exact: true }).waitFor()
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

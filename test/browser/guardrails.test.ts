import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { openBrowser, Visitor } from './visitor.ts'

let gateway: Gateway
let browser: Browser

beforeAll(async () => {
  gateway = await startGateway({ env: { SWITCHYARD_SIM: 'on' } })
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  await gateway?.stop()
})

const ask = (key: string, content: string) =>
  gateway.call('POST', '/api/v1/chat/completions', {
    key,
    body: { model: 'sim/lorem', messages: [{ role: 'user', content }] },
  })

test('a guardrail is made and tried, blocks what it is assigned to, and the log says why', async () => {
  const key = await gateway.createKey({ name: 'Guarded' })
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  const { page } = visitor
  await visitor.enterWithKey(gateway.managementKey)
  await page.getByRole('link', { name: 'Guardrails' }).click()
  await page.getByRole('button', { name: 'New guardrail' }).first().click()
  await page.getByLabel('Name', { exact: true }).fill('No addresses')
  await page.getByLabel('E-mail addresses').selectOption('block')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('button', { name: 'No addresses' }).click()
  await page.getByLabel('A prompt').fill('Write to ada@example.com')
  await page.getByRole('button', { name: 'Try' }).click()
  await page.getByText('Refused', { exact: true }).waitFor()
  expect((await ask(key, 'Write to ada@example.com')).status).toBe(200)

  await page.getByRole('tab', { name: 'For whom' }).click()
  await page.getByLabel('Assign keys').selectOption({ label: 'Guarded' })
  await page.getByRole('button', { name: 'Assign' }).first().click()
  await page.getByRole('button', { name: 'Take Guarded away' }).waitFor()
  const refused = await ask(key, 'Write to ada@example.com')
  expect(refused.status).toBe(403)

  await visitor.go('/workspaces/default/logs?outcome=refused')
  await page.getByRole('table').getByRole('button').first().click()
  await page.getByText('A content filter stopped it.').waitFor()
  await page.getByText('by “No addresses”').waitFor()
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

test('a budget that is used up refuses, and once it is raised the next request passes', async () => {
  const key = await gateway.createKey({ name: 'Spender' })
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  const { page } = visitor
  await visitor.enterWithKey(gateway.managementKey)
  await page.getByRole('link', { name: 'Budgets' }).click()
  const setDaily = async (limit: string) => {
    await page.getByRole('button', { name: /the budget: each day/ }).click()
    await page.getByLabel('Limit').fill(limit)
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
  }
  await setDaily('0.000001')
  expect((await ask(key, 'Hello')).status).toBe(403)
  await setDaily('5')
  expect((await ask(key, 'Hello')).status).toBe(200)
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { openBrowser, Visitor } from './visitor.ts'

const APP = { 'http-referer': 'https://shop.example.com', 'x-title': 'Shop' }
let gateway: Gateway
let browser: Browser

beforeAll(async () => {
  gateway = await startGateway({ env: { SWITCHYARD_SIM: 'on' } })
  browser = await openBrowser()
  const shop = await gateway.createKey({ name: 'Backend of the shop' })
  const batch = await gateway.createKey({ name: 'Nightly batch' })
  const messages = [{ role: 'user', content: 'hello' }]
  const infer = async (key: string, body: object, headers = {}) =>
    await gateway.call('POST', '/api/v1/chat/completions', { key, headers, body: { messages, ...body } })
  await infer(shop, { model: 'sim/lorem', session_id: 'talk-1' }, APP)
  await infer(shop, { model: 'sim/echo', session_id: 'talk-1' }, APP)
  await infer(batch, { model: 'sim/echo', session_id: 'talk-2' })
  await infer(batch, { model: 'sim/nothing-like-this' })
})

afterAll(async () => {
  await browser?.close()
  await gateway?.stop()
})

/** How many requests are listed once it has settled on so many. */
async function expectRows(page: Page, count: number): Promise<void> {
  const rows = page.getByRole('region', { name: 'Requests' }).locator('tbody tr')
  if (count > 0) await rows.nth(count - 1).waitFor()
  await rows.nth(count).waitFor({ state: 'detached' })
}

test('requests are narrowed down by key, model, app, session, status and cost, each in the address', async () => {
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  const { page } = visitor
  await visitor.enterWithKey(gateway.managementKey)
  await visitor.go('/workspaces/default/logs')
  await expectRows(page, 4)
  await page.getByLabel('Key', { exact: true }).selectOption({ label: 'Nightly batch' })
  await page.waitForURL(/api_key_hash=[0-9a-f]{64}/)
  await expectRows(page, 2)
  await page.getByRole('button', { name: 'Clear' }).click()
  await expectRows(page, 4)
  for (const [label, text, address, count] of [
    ['Model', 'sim/echo', /model=sim%2Fecho/, 2],
    ['App', 'Shop', /app=Shop/, 2],
    ['Session', 'talk-2', /session_id=talk-2/, 1],
    ['Status', '400', /status=400/, 1],
    ['Cost from ($)', '0.00001', /min_cost=0.00001/, 1],
    ['Provider', 'Nobody', /provider=Nobody/, 0],
  ] as const) {
    await page.getByLabel(label, { exact: true }).fill(text)
    await page.keyboard.press('Enter')
    await page.waitForURL(address)
    await expectRows(page, count)
    await page.getByRole('button', { name: 'Clear' }).click()
    await expectRows(page, 4)
    expect(await page.getByLabel(label, { exact: true }).inputValue()).toBe('')
  }
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

test('a session is one line with what it used, and leads to its requests', async () => {
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  const { page } = visitor
  await visitor.enterWithKey(gateway.managementKey)
  await visitor.go('/workspaces/default/logs')
  await page.getByLabel('Shown as').selectOption('sessions')
  const sessions = page.getByRole('region', { name: 'Sessions' }).locator('tbody tr')
  await sessions.nth(1).waitFor()
  const line = sessions.filter({ hasText: 'talk-1' })
  expect(await line.getByRole('cell').nth(1).textContent()).toBe('2')
  await line.getByRole('button').click()
  await page.waitForURL(/session_id=talk-1/)
  await expectRows(page, 2)
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

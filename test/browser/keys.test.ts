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

const callWith = (key: string) =>
  gateway.call('POST', '/api/v1/chat/completions', {
    key,
    body: { model: 'sim/echo', messages: [{ role: 'user', content: 'Hello' }] },
  })

test('a key is made, tried, found by its address, disabled, enabled, rotated and deleted, and each is felt at once', async () => {
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  const { page } = visitor
  await visitor.enterWithKey(gateway.managementKey)
  await visitor.go('/workspaces/default/keys')
  await page.getByRole('button', { name: 'Generate key' }).first().click()
  await page.getByLabel('Name', { exact: true }).fill('Shop')
  await page.getByLabel('Spending limit').fill('5')
  await page.getByRole('dialog').getByRole('button', { name: 'Generate key' }).click()
  const secret = await page.getByLabel('Key', { exact: true }).inputValue()
  expect(secret).toMatch(/^sk-or-v1-[0-9a-f]{64}$/)
  await page.getByRole('button', { name: 'Send a test request' }).click()
  await page.getByText('Say hello in one short sentence.').waitFor()
  await page.getByRole('tab', { name: 'Claude Code' }).click()
  expect(await page.getByRole('tabpanel').textContent()).toContain(`ANTHROPIC_AUTH_TOKEN="${secret}"`)
  await page.getByRole('button', { name: 'I have kept it' }).click()
  expect(await page.getByText(secret).count()).toBe(0)

  const { body } = await gateway.call('GET', '/api/v1/keys')
  const hash = (body as { data: { name: string; hash: string }[] }).data.find(({ name }) => name === 'Shop')?.hash ?? ''
  await visitor.go(`/keys/${hash}`)
  await page.waitForURL(`**/workspaces/default/keys?key=${hash}`)
  await page.getByRole('heading', { name: 'Shop' }).waitFor()

  await page.getByRole('button', { name: 'Disable' }).click()
  await page.getByRole('button', { name: 'Enable' }).waitFor()
  expect((await callWith(secret)).status).toBe(401)
  await page.getByRole('button', { name: 'Enable' }).click()
  await page.getByRole('button', { name: 'Disable' }).waitFor()
  expect((await callWith(secret)).status).toBe(200)

  await page.getByRole('button', { name: 'Rotate' }).click()
  await page.getByLabel('The secret before').selectOption('0')
  await page.getByRole('button', { name: 'Rotate' }).last().click()
  const next = await page.getByLabel('New key, shown once').inputValue()
  await page.getByRole('button', { name: 'I have kept it' }).click()
  expect([(await callWith(secret)).status, (await callWith(next)).status]).toEqual([401, 200])

  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Shop' }).click()
  await page.getByRole('button', { name: 'Delete' }).click()
  const confirm = page.getByRole('button', { name: 'Delete the key' })
  expect(await confirm.isDisabled()).toBe(true)
  await page.getByLabel('Type Shop to confirm').fill('Shop')
  await confirm.click()
  await page.getByText('No key yet').waitFor()
  expect((await callWith(next)).status).toBe(401)
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { startReceiver } from '../harness/secret-receivers/receiver.ts'
import { openBrowser, Visitor } from './visitor.ts'

let gateway: Gateway
let browser: Browser

beforeAll(async () => {
  gateway = await startGateway({ env: { SWITCHYARD_SIM: 'on', SWITCHYARD_EGRESS_ALLOW: '127.0.0.0/8' } })
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

  const found = await gateway.call('GET', '/api/v1/keys')
  const rotated = (found.body as { data: { name: string; hash: string }[] }).data.find(({ name }) => name === 'Shop')
  await page.waitForURL(`**/keys?key=${rotated?.hash}`)
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

interface Made {
  key: string
  data: { hash: string; id: number }
}

async function newKey(name: string): Promise<Made> {
  return (await gateway.call('POST', '/api/v1/keys', { body: { name } })).body as Made
}

test('each key shows what it spent on the days of a month, also beside one of the same name, for one question of the page', async () => {
  const [busy, idle] = [await newKey('Twin'), await newKey('Twin')]
  for (let at = 0; at < 2; at += 1)
    await gateway.call('POST', '/api/v1/chat/completions', {
      key: busy.key,
      body: { model: 'sim/lorem', messages: [{ role: 'user', content: 'Hello' }] },
    })
  const body = {
    metrics: ['request_count'],
    filters: [{ field: 'api_key_id', operator: 'eq', value: busy.data.hash }],
  }
  const counted = async () => JSON.stringify((await gateway.call('POST', '/api/v1/analytics/query', { body })).body)
  await expect.poll(counted, { timeout: 30_000 }).toContain('"request_count":2')
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  const { page } = visitor
  await visitor.enterWithKey(gateway.managementKey)
  const questions: string[] = []
  page.on('request', (request) => {
    if (request.url().endsWith('/analytics/query')) questions.push(request.postData() ?? '')
  })
  await visitor.go('/models')
  questions.length = 0
  await visitor.go('/workspaces/default/keys')
  await page.getByRole('img', { name: /^Twin, last 30 days: \$0\.0.* in 2 requests$/ }).waitFor()
  expect(await page.getByRole('img', { name: 'Twin, last 30 days: $0.00 in 0 requests' }).count()).toBe(1)
  expect(questions.length).toBe(1)
  expect(questions[0]).toContain(idle.data.hash)
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

test('a schedule with a target is set, a field that the API refuses says so, and a delivery shows what became of it', async () => {
  await using receiver = await startReceiver(() => ({ status: 200 }))
  const { key, data } = await newKey('Scheduled')
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  const { page } = visitor
  await visitor.enterWithKey(gateway.managementKey)
  await visitor.go(`/keys/${data.hash}`)
  await page.getByRole('button', { name: 'Set a schedule' }).click()
  const dialog = page.getByRole('dialog', { name: 'Rotate on a schedule' })
  await dialog.getByLabel('Every so many days').fill('30')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.getByLabel('Every so many days').and(page.locator('[aria-invalid="true"]')).waitFor()
  await dialog.getByLabel('New secrets go to').selectOption('webhook')
  await dialog.getByLabel('URL').fill('ftp://nowhere')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.getByText('Must be an http(s) URL', { exact: true }).waitFor()
  await dialog.getByLabel('URL').and(page.locator(':focus')).waitFor()
  await dialog.getByLabel('URL').fill(`${receiver.url}/keys`)
  await dialog.getByLabel('Signing secret').fill('signing-secret-of-this-test')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.waitFor({ state: 'detached' })
  // Not the message that says so for some seconds.
  await page.locator('main').getByText('every 30 days').waitFor()

  await page.getByRole('button', { name: 'Rotate', exact: true }).click()
  await page.getByLabel('The new secret').selectOption('stored')
  await page.getByLabel('The secret before').selectOption('86400')
  await page.getByRole('button', { name: 'Rotate', exact: true }).last().click()
  await page.getByText(`It is on its way to ${receiver.url}`).waitFor()
  await page.getByRole('dialog', { name: 'Rotate the key' }).getByRole('button', { name: 'Close' }).last().click()
  await page.getByText('Delivered', { exact: true }).waitFor()
  expect(receiver.requests[0]?.body).toMatch(/sk-or-v1-[0-9a-f]{64}/)
  expect((await callWith(key)).status).toBe(200)
  await page.getByRole('button', { name: 'End the secret before' }).click()
  await page.getByRole('button', { name: 'End it now' }).click()
  await page.getByRole('button', { name: 'End the secret before' }).waitFor({ state: 'detached' })
  expect((await callWith(key)).status).toBe(401)
  expect(await visitor.accessibilityFaults()).toEqual([])
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

test('what was written is not thrown away unasked, and addresses of keys lead to the key, its requests or nothing', async () => {
  const { data } = await newKey('Addressed')
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  const { page } = visitor
  await visitor.enterWithKey(gateway.managementKey)
  await visitor.go('/workspaces/default/keys?create=yes')
  await page.getByLabel('Name', { exact: true }).fill('Half')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Keep editing' }).click()
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Half')
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).first().click()
  await page.getByRole('button', { name: 'Discard' }).click()
  await page.getByRole('dialog', { name: 'Generate a key' }).waitFor({ state: 'hidden' })

  await visitor.go(`/logs?api_key_hash=${data.hash}`)
  await page.waitForURL(`**/workspaces/default/logs?api_key_hash=${data.hash}`)
  for (const path of [`/keys/${'0'.repeat(64)}`, '/workspaces/not-yours/keys']) {
    await visitor.go(path)
    await page
      .getByText(/^(Not found|Nothing is here)$/)
      .first()
      .waitFor()
  }
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

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

test('what a filter found is marked a false positive, counted with its guardrail, and taken back', async () => {
  const key = await gateway.createKey({ name: 'Marked' })
  const content_filter_builtins = [{ slug: 'email', action: 'flag' }]
  const made = await gateway.call('POST', '/api/v1/guardrails', { body: { name: 'Keen', content_filter_builtins } })
  const { id } = (made.body as { data: { id: string } }).data
  const keys = await gateway.call('GET', '/api/v1/keys')
  const { hash } = (keys.body as { data: { name: string; hash: string }[] }).data.find(
    ({ name }) => name === 'Marked',
  ) ?? { hash: '' }
  const assignment = { body: { key_hashes: [hash] } }
  await gateway.call('POST', `/api/v1/guardrails/${id}/assignments/keys`, assignment)
  for (const text of ['Write to ada@example.com', 'Write to bob@example.com']) await ask(key, text)
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  const { page } = visitor
  await visitor.enterWithKey(gateway.managementKey)
  await visitor.go(`/workspaces/default/logs?api_key_hash=${hash}`)
  const requests = page.getByRole('region', { name: 'Requests' }).locator('tbody tr')
  await requests.nth(1).waitFor()
  await requests.first().getByRole('button').first().click()
  await page.getByRole('button', { name: 'Mark false positive' }).click()
  await page.getByLabel('Why it was none (optional)').fill('an address of an example')
  await page.getByRole('button', { name: 'Mark', exact: true }).click()
  await page.getByText('“an address of an example”').waitFor()
  await page.getByRole('button', { name: 'Close' }).click()
  await page.getByLabel('Found by filters').selectOption('true')
  await page.waitForURL(/false_positive=true/)
  await requests.nth(1).waitFor({ state: 'detached' })
  await visitor.go(`/workspaces/default/guardrails?guardrail=${id}`)
  await page.getByRole('tab', { name: 'What it found' }).click()
  const row = page.getByRole('region', { name: 'What its content filters found' }).locator('tbody tr')
  await row.getByText('1 (50 %)').waitFor()
  await visitor.go('/workspaces/default/logs?false_positive=true')
  await requests.first().getByRole('button').first().click()
  await page.getByRole('button', { name: 'Take back' }).click()
  await page.getByRole('button', { name: 'Mark false positive' }).waitFor()
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

test('the default guardrail is there to be set up before it exists, and then holds for every key', async () => {
  const key = await gateway.createKey({ name: 'Unassigned' })
  const { body } = await gateway.call('GET', '/api/v1/workspaces/default')
  const id = (body as { data: { default_guardrail_id: string } }).data.default_guardrail_id
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  const { page } = visitor
  await visitor.enterWithKey(gateway.managementKey)
  await visitor.go('/workspaces/default/guardrails')
  await page.getByRole('button', { name: 'Set it up' }).click()
  const dialog = page.getByRole('dialog', { name: 'Default guardrail' })
  await dialog.getByLabel('OpenAI').check()
  await dialog.getByLabel('Prompt injection', { exact: true }).selectOption('block')
  await dialog.getByLabel('Prompt injection is looked for in').selectOption('user_only')
  for (const [at, pattern] of ['aurora', 'borealis', 'half'].entries()) {
    await dialog.getByRole('button', { name: 'Add a pattern' }).click()
    await dialog.getByLabel(`Pattern ${at + 1}`, { exact: true }).fill(pattern)
  }
  await dialog.getByLabel('Label of pattern 1').fill('Project')
  await dialog.getByLabel('What pattern 2 does').selectOption('flag')
  await dialog.getByRole('button', { name: 'Take pattern 3 away' }).click()
  await dialog.getByLabel("A prompt that can't be looked through in time").selectOption('allow')
  expect(await visitor.accessibilityFaults()).toEqual([])
  await dialog.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Whole workspace').waitFor()
  await page.getByRole('button', { name: 'Set it up' }).waitFor({ state: 'detached' })
  const stored = await gateway.call('GET', `/api/v1/guardrails/${id}`)
  expect((stored.body as { data: object }).data).toMatchObject({
    enforce_zdr_openai: true,
    enforce_zdr_anthropic: null,
    content_filter_builtins: [{ slug: 'regex-prompt-injection', action: 'block', scan_scope: 'user_only' }],
    content_filters: [
      { pattern: 'aurora', action: 'block', label: 'Project' },
      { pattern: 'borealis', action: 'flag', label: null },
    ],
    on_filter_timeout: 'allow',
  })
  expect([(await ask(key, 'See aurora')).status, (await ask(key, 'See borealis')).status]).toEqual([403, 200])

  await visitor.go(`/workspaces/default/guardrails?guardrail=${id}`)
  await page.getByRole('tab', { name: 'What it leaves' }).click()
  await page.getByLabel('As it would be for').selectOption({ label: 'the key Unassigned' })
  await page.getByText(/models are left under .*Default/).waitFor()
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

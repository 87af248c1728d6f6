import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WorkspaceWire } from '../../src/contract/management/workspaces.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { openBrowser, Visitor } from './visitor.ts'

let gateway: Gateway
let browser: Browser

beforeAll(async () => {
  gateway = await startGateway({ env: { SWITCHYARD_SIM: 'on' } })
  browser = await openBrowser()
  await gateway.call('POST', '/api/v1/workspaces', { body: { name: 'Team', slug: 'team' } })
})

afterAll(async () => {
  await browser?.close()
  await gateway?.stop()
})

async function stored(slug: string): Promise<WorkspaceWire> {
  const { body } = await gateway.call('GET', `/api/v1/workspaces/${slug}`)
  return (body as { data: WorkspaceWire }).data
}

test('plugins, rates, default models and access are set, a refused address is shown where it stands, and leaving asks first', async () => {
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  const { page } = visitor
  await visitor.enterWithKey(gateway.managementKey)
  await visitor.go('/workspaces/team/settings')
  await page.getByLabel('Default model for pictures').fill('acme/painter')
  await page.getByLabel('Response healing').selectOption('on')
  await page.getByLabel('Prevent overrides: Response healing').check()
  await page.getByLabel('Auto router', { exact: true }).selectOption('on')
  await page.getByLabel('Only these models').fill('sim/*')
  await page.getByLabel('Standard').fill('42')
  await page.getByLabel('Addresses').fill('127.0.0.0/8\nnowhere')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByLabel('Addresses').and(page.locator('[aria-invalid="true"]:focus')).waitFor()

  await page.getByRole('link', { name: 'Budgets' }).click()
  await page.getByRole('button', { name: 'Stay' }).click()
  await page.getByLabel('Addresses').fill('127.0.0.0/8')
  await page.getByLabel('Slug').fill('crew')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.waitForURL('**/workspaces/crew/settings')
  await page.getByText('Not saved yet.').waitFor({ state: 'detached' })
  expect(await stored('crew')).toMatchObject({
    default_image_model: 'acme/painter',
    allowed_ips: ['127.0.0.0/8'],
    rate_limits: { standard: 42 },
    plugin_defaults: [
      { id: 'response-healing', enabled: true, prevent_overrides: true, settings: {} },
      { id: 'auto-router', enabled: true, prevent_overrides: false, settings: { allowed_models: ['sim/*'] } },
    ],
  })
  await page.getByLabel('Description').fill('Half a sentence')
  await page.getByRole('link', { name: 'Budgets' }).click()
  await page.getByRole('button', { name: 'Leave' }).click()
  await page.waitForURL('**/workspaces/crew/budgets')
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

test('what stands in the way of a deletion is named, and once it is gone the workspace can be deleted', async () => {
  const made = await gateway.call('POST', '/api/v1/workspaces', { body: { name: 'Old', slug: 'old' } })
  const workspace_id = (made.body as { data: WorkspaceWire }).data.id
  await gateway.call('POST', '/api/v1/keys', { body: { name: 'Last one', workspace_id } })
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  const { page } = visitor
  await visitor.enterWithKey(gateway.managementKey)
  await visitor.go('/workspaces/old/settings')
  await page.getByText('1 key: Last one. Delete it first.').waitFor()
  const remove = page.getByRole('button', { name: 'Delete Old' })
  expect(await remove.isDisabled()).toBe(true)
  await page.getByRole('link', { name: '1 key' }).click()
  await page.getByRole('button', { name: 'Last one' }).click()
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  await page.getByLabel('Type Last one to confirm').fill('Last one')
  await page.getByRole('button', { name: 'Delete the key' }).click()
  await page.getByText('No key yet').waitFor()
  await page.getByRole('link', { name: 'Settings' }).click()
  await remove.waitFor()
  await page.getByText('What stands in the way').waitFor({ state: 'detached' })
  await remove.click()
  await page.getByLabel('Type old to confirm').fill('old')
  await page.getByRole('button', { name: 'Delete the workspace' }).click()
  await page.getByText('Old is deleted.').waitFor()
  expect((await gateway.call('GET', '/api/v1/workspaces/old')).status).toBe(404)
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

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

test('roles, templates, management keys and the policy of the organization are set, and each counts', async () => {
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  const { page } = visitor
  const dialog = page.getByRole('dialog')
  await visitor.enterWithKey(gateway.managementKey)
  await visitor.go('/organization?tab=roles')
  await page.getByRole('button', { name: 'Add a role' }).click()
  await dialog.getByLabel('Name').fill('Auditor')
  await dialog.getByLabel('Read the audit log').check()
  await dialog.getByRole('button', { name: 'Add the role' }).click()
  await page.getByText('See the workspace · Read the audit log').waitFor()
  await page.getByRole('button', { name: 'Set a template' }).click()
  await dialog.getByLabel('Spending limit').fill('20')
  await dialog.getByRole('button', { name: 'Set the template' }).click()
  await page.getByText('$20.00 monthly').waitFor()
  expect(await visitor.accessibilityFaults()).toEqual([])

  await page.getByRole('tab', { name: 'Management keys' }).click()
  await page.getByRole('button', { name: 'Make a management key' }).click()
  await dialog.getByLabel('Name').fill('Terraform')
  await dialog.getByRole('button', { name: 'Make the key' }).click()
  const secret = await dialog.getByLabel('Management key').inputValue()
  await dialog.getByRole('button', { name: 'I have kept it' }).click()
  expect(await page.getByText(secret).count()).toBe(0)
  const list = async () => (await gateway.call('GET', '/api/v1/workspaces', { key: secret })).status
  expect(await list()).toBe(200)
  await page.getByRole('button', { name: 'Actions for Terraform' }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await dialog.getByLabel('Type Terraform to confirm').fill('Terraform')
  await dialog.getByRole('button', { name: 'Delete the key' }).click()
  await page.getByRole('row', { name: /Terraform/ }).waitFor({ state: 'detached' })
  expect(await list()).toBe(401)

  await page.getByRole('tab', { name: 'Policy' }).click()
  await page.getByLabel('Never these models').fill('sim/lorem')
  await page.getByRole('button', { name: 'Save the policy' }).click()
  await page.getByText('Saved.').waitFor()
  const { body } = await gateway.call('GET', '/api/v1/organization/policy')
  expect((body as { data: { ignored_models: string[] } }).data.ignored_models).toEqual(['sim/lorem'])
  await page.getByRole('tab', { name: 'Providers' }).click()
  await page.getByText('No provider of your own').waitFor()
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

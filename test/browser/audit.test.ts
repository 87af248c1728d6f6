import { readFile } from 'node:fs/promises'
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

test('what was changed is found in the audit log, shown before and after, verified and exported', async () => {
  const made = await gateway.call('POST', '/api/v1/keys', { body: { name: 'Watched' } })
  const { hash } = (made.body as { data: { hash: string } }).data
  await gateway.call('PATCH', `/api/v1/keys/${hash}`, { body: { name: 'Renamed' } })
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  const { page } = visitor
  await visitor.enterWithKey(gateway.managementKey)
  await visitor.go(`/audit?resource_id=${hash}`)
  await page.getByRole('button', { name: 'Create keys' }).waitFor()
  await page.getByRole('button', { name: 'Update keys' }).click()
  const dialog = page.getByRole('dialog', { name: 'Entry of the audit log' })
  await dialog.getByText('Changed: name').waitFor()
  expect(await dialog.getByRole('region', { name: 'Before' }).textContent()).toContain('"Watched"')
  expect(await dialog.getByRole('region', { name: 'After' }).textContent()).toContain('"Renamed"')
  await dialog.getByRole('button', { name: 'Close' }).click()

  await page.getByRole('button', { name: 'Export' }).click()
  const saved = page.waitForEvent('download')
  await page.getByRole('dialog').getByRole('button', { name: 'Export', exact: true }).click()
  const lines = (await readFile(await (await saved).path(), 'utf8')).trim().split('\n')
  expect(lines.slice(1).map((line) => /createKeys|updateKeys/.exec(line)?.[0])).toEqual(['createKeys', 'updateKeys'])
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()

  await page.getByRole('button', { name: 'Clear' }).click()
  await page.getByRole('button', { name: 'Verify' }).click()
  await page.getByRole('button', { name: 'Verify now' }).click()
  await page.getByText('The log is intact').waitFor()
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

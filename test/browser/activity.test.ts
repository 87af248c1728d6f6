import { readFile } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { makeDemoWorld } from './demo-world.ts'
import { openBrowser, Visitor } from './visitor.ts'

let gateway: Gateway
let browser: Browser

beforeAll(async () => {
  gateway = await startGateway({ env: { SWITCHYARD_SIM: 'on' } })
  browser = await openBrowser()
  await makeDemoWorld(gateway)
})

afterAll(async () => {
  await browser?.close()
  await gateway?.stop()
})

test('usage is told apart by model, key and member, over every period, narrowed down by a click and saved as CSV', async () => {
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  const { page } = visitor
  await visitor.enterWithKey(gateway.managementKey)
  await visitor.go('/workspaces/default/activity?range=1h')
  const ranking = page.getByRole('region', { name: /^Ranking of/ })
  await ranking.getByRole('button', { name: 'sim/lorem' }).waitFor()
  for (const name of ['Requests and errors', 'Tokens', 'Latency'])
    expect([name, await page.getByRole('figure', { name }).count()]).toEqual([name, 1])

  await page.getByLabel('Told apart by').selectOption('api_key_id')
  await ranking.getByText('Backend of the shop').waitFor()
  await page.getByLabel('Told apart by').selectOption('model')
  for (const period of ['24h', '7d', '30d', '90d', '1y']) {
    await page.getByLabel('Period').selectOption(period)
    await visitor.settle()
    expect([period, await page.getByRole('alert').count()]).toEqual([period, 0])
  }

  const saved = page.waitForEvent('download')
  await page.getByRole('button', { name: 'CSV' }).last().click()
  const csv = await readFile(await (await saved).path(), 'utf8')
  expect(csv.split('\r\n')[0]).toBe(
    'model,total_usage,request_count,error_rate,tokens_prompt,tokens_completion,latency_avg',
  )
  expect(csv).toContain('sim/lorem,')

  await page.getByLabel('Period').selectOption('24h')
  await ranking.getByRole('button', { name: 'sim/lorem' }).click()
  await page.waitForURL(/model=sim%2Florem/)
  await ranking.getByRole('button', { name: 'sim/echo' }).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'All models again' }).click()
  await ranking.getByRole('button', { name: 'sim/echo' }).waitFor()
  expect((await page.pdf()).length).toBeGreaterThan(5_000)
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

test('usage of the organization is that of all its workspaces, or of the one that is chosen', async () => {
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  const { page } = visitor
  await visitor.enterWithKey(gateway.managementKey)
  await visitor.go('/usage?range=24h&by=model')
  await page.getByRole('button', { name: 'sim/lorem' }).first().waitFor()
  await page.getByLabel('Workspace', { exact: true }).selectOption({ label: 'Research' })
  await page.getByText('Nothing was called in this period.').waitFor()
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

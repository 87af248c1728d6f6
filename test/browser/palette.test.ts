import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { setUpToken } from '../contract/shared-gateway.ts'
import { withDatabase } from '../e2e/stored-data.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type MintedMember, SessionMint } from '../harness/sessions.ts'
import { openBrowser, Visitor } from './visitor.ts'

let gateway: Gateway
let browser: Browser
let viewer: MintedMember
let generationId: string
let keyHash: string

beforeAll(async () => {
  gateway = await startGateway({ env: { SWITCHYARD_SIM: 'on' }, firstStart: true })
  const token = await setUpToken(gateway.stdout)
  const { body } = await gateway.call('POST', '/setup', { key: null, body: { token, email: 'first@example.test' } })
  const { organization_id: organizationId } = (body as { data: { organization_id: string } }).data
  const team = await gateway.call('POST', '/api/v1/workspaces', { body: { name: 'Team', slug: 'team' } })
  const { data } = team.body as { data: { id: string } }
  const key = await gateway.createKey({ name: 'Backend of the shop', workspace_id: data.id })
  const hashed = await gateway.createKey({ name: 'Found by its hash', workspace_id: data.id })
  keyHash = createHash('sha256').update(hashed).digest('hex')
  // So many newer ones that it is on no first page of keys.
  for (let count = 0; count < 101; count += 1)
    await gateway.createKey({ name: `Later ${count}`, workspace_id: data.id })
  const request = { model: 'sim/echo', messages: [{ role: 'user', content: 'hello' }] }
  const answer = await gateway.call('POST', '/api/v1/chat/completions', { key, body: request })
  generationId = (answer.body as { id: string }).id
  const secret = readFileSync(join(gateway.dataDir, 'secret'), 'utf8').trim()
  await withDatabase(gateway, async ({ kysely }) => {
    viewer = await new SessionMint(kysely, secret).member('viewer', {
      organizationId,
      workspaces: { [data.id]: 'viewer' },
    })
  })
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  await gateway?.stop()
})

/** With keys alone: what is found first is opened. */
async function find(page: Page, text: string): Promise<void> {
  await page.keyboard.press('Control+k')
  await page.locator('dialog input:focus').waitFor()
  await page.keyboard.type(text)
  await page.getByRole('dialog', { name: 'Find' }).getByRole('option').first().waitFor()
}

test.each([
  ['a page', () => 'budg', 'Budgets', /\/workspaces\/[\w-]+\/budgets$/],
  ['a workspace', () => 'team', 'Team', /\/workspaces\/team$/],
  [
    'a key of any workspace',
    () => 'shop backend',
    'Backend of the shop',
    /\/workspaces\/team\/keys\?key=[0-9a-f]{64}$/,
  ],
  [
    'a key by the beginning of its hash',
    () => keyHash.slice(0, 12),
    'Found by its hash',
    /\/workspaces\/team\/keys\?key=[0-9a-f]{64}$/,
  ],
  ['a model', () => 'sim/lorem', 'sim/lorem', /\/models\?model=sim%2Florem$/],
  ['a member by address', () => 'first@', 'first@example.test', /\/organization\?tab=members&member=user_\w+$/],
  ['a request by its id', () => generationId, 'gen-', /\/workspaces\/team\/logs\?request=gen-[\w-]+$/],
])('the keyboard alone finds %s and opens it', async (_what, text, shown, address) => {
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  const { page } = visitor
  await visitor.enterWithKey(gateway.managementKey)
  await find(page, text())
  await page.getByRole('option', { selected: true }).getByText(shown).first().waitFor()
  await page.keyboard.press('Enter')
  await page.waitForURL(address)
  expect(await page.getByRole('dialog', { name: 'Find' }).count()).toBe(0)
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

test('somebody finds nothing that they may not see', async () => {
  const visitor = await Visitor.arrive(browser, { url: gateway.url, cookie: viewer.cookie })
  const { page } = visitor
  await page.goto('/workspaces/team')
  await visitor.settle()
  await find(page, 'e')
  const dialog = page.getByRole('dialog', { name: 'Find' })
  await dialog.getByRole('option', { name: 'Overview' }).waitFor()
  for (const hidden of ['Keys', 'Settings', 'Audit log', 'Backend of the shop'])
    expect([hidden, await dialog.getByRole('option', { name: hidden }).count()]).toEqual([hidden, 0])
  await page.keyboard.press('Control+a')
  await page.keyboard.type('shop')
  await dialog.getByText('Nothing is called that.').waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await visitor.leave()
})

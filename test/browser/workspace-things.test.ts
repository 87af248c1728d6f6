import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { openBrowser, Visitor } from './visitor.ts'

let upstream: ScriptedUpstream
let gateway: Gateway
let browser: Browser
let key: string

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  const pricing = { prompt: '0.000001', completion: '0.000002' }
  const config = {
    providers: [
      {
        slug: 'acme',
        dialect: 'openai-chat',
        base_url: upstream.baseUrl,
        byok_only: true,
        models: [{ id: 'acme/one', upstream_id: 'm', pricing, context_length: 8_000 }],
      },
    ],
  }
  gateway = await startGateway({ config, env: { SWITCHYARD_SIM: 'on', SWITCHYARD_EGRESS_ALLOW: '127.0.0.1/32' } })
  browser = await openBrowser()
  key = await gateway.createKey({ name: 'Shop' })
})

afterAll(async () => {
  await browser?.close()
  await gateway?.stop()
  await upstream?.close()
})

async function enter(path: string): Promise<Visitor> {
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  await visitor.enterWithKey(gateway.managementKey)
  await visitor.go(path)
  return visitor
}

async function ask(model: string): Promise<number> {
  const body = { model, messages: [{ role: 'user', content: 'Hello' }] }
  return (await gateway.call('POST', '/api/v1/chat/completions', { key, body })).status
}

const bearer = () => upstream.requests.at(-1)?.headers.authorization

test('credentials are added, used, put in another order, disabled and deleted, and each is felt at once', async () => {
  const visitor = await enter('/workspaces/default/byok')
  const { page } = visitor
  const add = async (name: string, secret: string) => {
    await page.getByRole('button', { name: 'Add credential' }).first().click()
    await page.getByLabel('Provider', { exact: true }).fill('acme')
    await page.getByLabel('Name', { exact: true }).fill(name)
    await page.getByLabel('Credential', { exact: true }).fill(secret)
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('button', { name: new RegExp(`^${name}`) }).waitFor()
  }
  await add('House', 'sk-house-0123456789abcdef')
  expect([await ask('acme/one'), bearer()]).toEqual([200, 'Bearer sk-house-0123456789abcdef'])
  await add('Team', 'sk-team-0123456789abcdef')
  await page.getByRole('button', { name: 'Use Team earlier' }).click()
  await page.getByRole('button', { name: 'Use Team earlier', disabled: true }).waitFor()
  await page.getByRole('button', { name: 'Use Team later', disabled: false }).waitFor()
  expect([await ask('acme/one'), bearer()]).toEqual([200, 'Bearer sk-team-0123456789abcdef'])

  await page.getByRole('button', { name: /^Team/ }).click()
  await page.getByRole('button', { name: 'Disable' }).click()
  await page.getByRole('button', { name: 'Enable' }).waitFor()
  expect([await ask('acme/one'), bearer()]).toEqual([200, 'Bearer sk-house-0123456789abcdef'])
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByLabel('Type acme to confirm').fill('acme')
  await page.getByRole('button', { name: 'Delete the credential' }).click()
  await page.getByRole('button', { name: /^Team/ }).waitFor({ state: 'detached' })
  expect(await page.getByText('sk-house-0123456789abcdef').count()).toBe(0)
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

test('a preset is made, called by its name, changed by a new version, put back and archived', async () => {
  const visitor = await enter('/workspaces/default/presets')
  const { page } = visitor
  await page.getByRole('button', { name: 'Create preset' }).first().click()
  await page.getByLabel('Slug').fill('brief')
  await page.getByLabel('Model', { exact: true }).fill('sim/echo')
  await page.getByLabel('System prompt').fill('Be brief.')
  await page.getByLabel('More settings').fill('{"top_k":')
  expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true)
  await page.getByLabel('More settings').fill('{"top_k": 3}')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Version 1', { exact: true }).waitFor()
  expect(await ask('@preset/brief')).toBe(200)

  await page.getByRole('button', { name: 'New version' }).click()
  await page.getByLabel('Model', { exact: true }).fill('sim/error-503')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('button', { name: 'Put in force: version 1' }).waitFor()
  expect(await ask('@preset/brief')).not.toBe(200)
  await page.getByRole('button', { name: 'Put in force: version 1' }).click()
  await page.getByRole('button', { name: 'Put in force: version 2' }).waitFor()
  expect(await ask('@preset/brief')).toBe(200)
  await page.getByRole('button', { name: 'Archive' }).click()
  await page.getByText('It is archived').first().waitFor()
  expect(await ask('@preset/brief')).toBe(404)
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

test('a destination is made with what its type asks for, tried, changed without its secret, disabled and deleted', async () => {
  const visitor = await enter('/workspaces/default/observability')
  const { page } = visitor
  await page.getByRole('button', { name: 'Add destination' }).first().click()
  await page.getByLabel('Name', { exact: true }).fill('Traces')
  await page.getByLabel('Public key').fill('pk-lf-1')
  await page.getByLabel('Secret key').fill('sk-lf-0123456789')
  await page.getByLabel('Base URL').fill('https://127.0.0.1')
  await page.getByLabel('Of a hundred requests').fill('25')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('button', { name: 'Traces' }).click()
  await page.getByText('25 %').or(page.getByText('25%')).first().waitFor()
  await page.getByRole('button', { name: 'Test the connection' }).click()
  await page.getByText('It does not take traces').waitFor()
  expect(await page.getByRole('button', { name: 'Send dead letters again' }).isDisabled()).toBe(true)
  await page.getByRole('button', { name: 'Change' }).click()
  await page.getByLabel('Public key').fill('pk-lf-2')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('pk-lf-2').waitFor()
  expect(await page.getByText('sk-lf-0123456789').count()).toBe(0)
  await page.getByRole('button', { name: 'Disable' }).click()
  await page.getByRole('button', { name: 'Enable' }).waitFor()
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByLabel('Type Traces to confirm').fill('Traces')
  await page.getByRole('button', { name: 'Delete the destination' }).click()
  await page.getByText('No destination yet').waitFor()
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { WorkspaceRole } from '../../src/contract/common/permissions.ts'
import { setUpToken } from '../contract/shared-gateway.ts'
import { withDatabase } from '../e2e/stored-data.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { SessionMint } from '../harness/sessions.ts'
import { openBrowser, type Theme, Visitor } from './visitor.ts'

const ROLES = ['admin', 'developer', 'viewer', 'billing_manager'] as const satisfies readonly WorkspaceRole[]
const PAGE = '/workspaces/team/playground'
const WAIT_MS = 15_000

let gateway: Gateway
let browser: Browser
let teamId: string
let guardrailId: string
const cookies = new Map<WorkspaceRole, string>()

beforeAll(async () => {
  gateway = await startGateway({ env: { SWITCHYARD_SIM: 'on' } })
  const token = await setUpToken(gateway.stdout)
  const { body } = await gateway.call('POST', '/setup', { key: null, body: { token, email: 'first@example.test' } })
  const { organization_id: organizationId } = (body as { data: { organization_id: string } }).data
  const team = await gateway.call('POST', '/api/v1/workspaces', { body: { name: 'Team', slug: 'team' } })
  const { data } = team.body as { data: { id: string; default_guardrail_id: string } }
  teamId = data.id
  guardrailId = data.default_guardrail_id
  const secret = readFileSync(join(gateway.dataDir, 'secret'), 'utf8').trim()
  await withDatabase(gateway, async ({ kysely }) => {
    const mint = new SessionMint(kysely, secret)
    for (const role of ROLES) {
      const person = await mint.member(role, { organizationId, workspaces: { [teamId]: role } })
      cookies.set(role, person.cookie)
    }
  })
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  await gateway?.stop()
})

async function change(method: 'PATCH' | 'PUT' | 'DELETE', path: string, body: object): Promise<void> {
  const answer = await gateway.call(method, path, { body })
  expect([path, answer.status, answer.body]).toEqual([path, 200, answer.body])
}

async function enter(role: WorkspaceRole, options: { theme?: Theme; width?: number } = {}): Promise<Visitor> {
  const visitor = await Visitor.arrive(browser, { url: gateway.url, cookie: cookies.get(role) ?? '', ...options })
  await visitor.page.goto(PAGE)
  const refusal = visitor.page.getByText("Your role doesn't include this")
  await visitor.page.getByLabel('Message').or(refusal).waitFor()
  await visitor.settle()
  return visitor
}

async function choose(page: Page, label: string, id: string): Promise<void> {
  await page.getByRole('button', { name: new RegExp(`^${label}:`) }).click()
  await page.getByPlaceholder('Find a model').fill(id)
  await page.getByRole('dialog').getByRole('option').filter({ hasText: id }).first().click()
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message').fill(text)
  await page.getByRole('button', { name: 'Send' }).click()
  await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached' })
}

const answerOf = (page: Page, model: string) => page.getByRole('article', { name: `Answer of ${model}` }).last()

async function figureOf(page: Page, model: string, name: string): Promise<string> {
  const fact = answerOf(page, model)
    .locator('dl > div')
    .filter({ has: page.getByText(name, { exact: true }) })
  return await fact.locator('dd').innerText()
}

test('an answer shows what was charged for it, to the last digit, and leads to its record', async () => {
  const visitor = await enter('developer')
  const { page } = visitor
  await choose(page, 'Model 1', 'sim/lorem')
  await page.getByLabel('Max tokens').fill('40')
  await say(page, 'Tell me something')
  expect(await figureOf(page, 'sim/lorem', 'Tokens')).toMatch(/^\d+ in, 40 out$/)
  for (const name of ['Latency', 'First token']) expect(await figureOf(page, 'sim/lorem', name)).toMatch(/^[\d,]+ ms$/)
  const cost = await figureOf(page, 'sim/lorem', 'Cost')
  expect(await page.getByText('This conversation cost').textContent()).toContain(cost)
  await answerOf(page, 'sim/lorem').getByRole('button', { name: 'Why?' }).click()
  await page.getByText('Why this provider?').waitFor()
  await page.keyboard.press('Escape')
  await answerOf(page, 'sim/lorem').getByRole('link', { name: 'In the logs' }).click()
  await page.waitForURL('**/workspaces/team/logs?request=gen-*')
  const id = new URL(page.url()).searchParams.get('request') ?? ''
  const { body } = await gateway.call('GET', `/api/v1/generation?id=${id}`)
  const { total_cost, workspace_id } = (body as { data: { total_cost: number; workspace_id: string } }).data
  expect([cost, workspace_id]).toEqual([`$${total_cost.toFixed(9).replace(/0+$/, '')}`, teamId])
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

test('the key of a session is the person’s own, short, bounded, in no list, in no storage, and ends with the page', async () => {
  const listed = async (hidden: boolean) => {
    const { body } = await gateway.call('GET', `/api/v1/keys?workspace_id=${teamId}&include_hidden=${hidden}`)
    return (body as { data: Record<string, unknown>[] }).data.filter(({ name }) => name === 'Playground')
  }
  // Those of tabs that were closed end by themselves.
  const before = new Set((await listed(true)).map(({ hash }) => hash))
  const own = async () => (await listed(true)).filter(({ hash }) => !before.has(hash))
  const visitor = await enter('developer')
  const { page } = visitor
  const keys = await own()
  expect(await listed(false)).toEqual([])
  expect(keys).toHaveLength(1)
  const [key = {}] = keys
  expect(key).toMatchObject({
    type: 'ephemeral',
    permissions: ['inference'],
    limit: 10,
    creator_user_id: expect.any(String),
  })
  const life = Date.parse(String(key['expires_at'])) - Date.parse(String(key['created_at']))
  expect(life).toBe(900_000)
  await say(page, 'Hello')
  const stored = await page.evaluate<string>(
    'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
  )
  expect(stored).not.toContain('sk-or-v1')
  await visitor.go('/workspaces/team')
  await expect.poll(own, { timeout: WAIT_MS }).toEqual([])
  await visitor.leave()
})

test('a session’s cookie calls no model', async () => {
  const visitor = await enter('admin')
  const ask = `fetch('/api/v1/chat/completions', {
    method: 'POST', credentials: 'include', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'sim/echo', messages: [{ role: 'user', content: 'Hello' }] }),
  }).then(({ status }) => status)`
  expect(await visitor.page.evaluate(ask)).toBe(401)
  await visitor.leave()
})

test.each(['viewer', 'billing_manager'] as const)('a %s has no playground and makes no key for one', async (role) => {
  const visitor = await enter(role)
  await visitor.page.getByText("Your role doesn't include this").waitFor()
  expect(await visitor.page.getByRole('link', { name: 'Playground' }).count()).toBe(0)
  await visitor.leave()
})

test('up to three models answer side by side, each told its own answers, and a slow one can be stopped', async () => {
  const visitor = await enter('developer')
  const { page } = visitor
  await page.getByRole('button', { name: 'Compare' }).click()
  await page.getByRole('button', { name: 'Compare' }).click()
  expect(await page.getByRole('button', { name: 'Compare' }).count()).toBe(0)
  await choose(page, 'Model 2', 'sim/lorem')
  await choose(page, 'Model 3', 'sim/slow-60000')
  await page.getByLabel('Message').fill('Compare this')
  await page.getByLabel('Message').press('Enter')
  await answerOf(page, 'sim/lorem').getByText('Cost').waitFor()
  await page.getByRole('button', { name: 'Stop' }).click()
  await answerOf(page, 'sim/slow-60000').getByText('Stopped').waitFor()
  expect(await answerOf(page, 'sim/echo').innerText()).toContain('Compare this')
  await page.getByRole('button', { name: 'View as code' }).click()
  await page.getByLabel('Model', { exact: true }).selectOption({ label: 'sim/lorem' })
  const code = await page.getByRole('tabpanel').innerText()
  expect(code).toContain('"model": "sim/lorem"')
  expect(code).toContain('"content": "Compare this"')
  expect(code).not.toContain('sk-or-v1')
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

test('what is set goes with the request, and the code is that request', async () => {
  const visitor = await enter('developer')
  const { page } = visitor
  const sent: unknown[] = []
  page.on('request', (request) => {
    if (request.url().endsWith('/chat/completions')) sent.push(request.postDataJSON())
  })
  await page.getByLabel('System prompt').fill('Be short.')
  await page.getByLabel('Temperature').fill('3')
  await page.getByText('A number from 0 to 2').waitFor()
  await page.getByLabel('Temperature').fill('0.5')
  await page.getByLabel('Reasoning effort').selectOption('low')
  await page.getByLabel('JSON output').check()
  await page.getByText('Provider routing').click()
  await page.getByLabel('Order by').selectOption('price')
  await say(page, "It's <b>this</b>")
  await page.getByRole('button', { name: 'View as code' }).click()
  const code = await page.getByRole('tabpanel').innerText()
  const shown = JSON.parse(/-d '(.*)'\s*$/s.exec(code)?.[1]?.replaceAll(`'\\''`, "'") ?? '')
  expect(sent).toEqual([{ ...shown, stream: true }])
  expect(shown).toMatchObject({ temperature: 0.5, reasoning: { effort: 'low' }, provider: { sort: 'price' } })
  for (const [tab, text] of [
    ['OpenAI SDK', 'from openai import OpenAI'],
    ['OpenRouter SDK', 'chatRequest'],
    ['Anthropic SDK', 'from anthropic import Anthropic'],
  ] as const) {
    await page.getByRole('tab', { name: tab }).click()
    expect(await page.getByRole('tabpanel').innerText()).toContain(text)
  }
  await visitor.leave()
})

test('a picture goes along, and what is none or no model takes is said before anything is sent', async () => {
  const visitor = await enter('developer')
  const { page } = visitor
  const input = page.locator('input[type=file]')
  const file = (name: string, mimeType: string) => ({ name, mimeType, buffer: Buffer.from('89504e470d0a1a0a', 'hex') })
  await input.setInputFiles(file('notes.txt', 'text/plain'))
  await page.getByText('“notes.txt” is no PNG, JPEG, WebP or GIF.').waitFor()
  await input.setInputFiles(file('dot.png', 'image/png'))
  await page.getByRole('img', { name: 'dot.png' }).waitFor()
  await page.getByText('takes no images').waitFor()
  expect(await page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true)
  await page.getByRole('button', { name: 'View as code' }).click()
  expect(await page.getByRole('tabpanel').innerText()).toContain('data:image/png;base64,iVBORw0KGgo=')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Remove dot.png' }).click()
  expect(await page.getByRole('img', { name: 'dot.png' }).count()).toBe(0)
  await visitor.leave()
})

test('a conversation stays in the tab over a reload, and is gone once cleared or signed out of', async () => {
  const visitor = await enter('admin')
  const { page } = visitor
  await say(page, 'Remember the heron')
  const kept = () => page.evaluate<string>('JSON.stringify({ ...sessionStorage })')
  await expect.poll(kept, { timeout: WAIT_MS }).toContain('heron')
  await page.reload()
  await visitor.settle()
  expect(await answerOf(page, 'sim/echo').innerText()).toContain('Remember the heron')
  await page.getByRole('button', { name: 'Clear' }).click()
  await expect.poll(kept, { timeout: WAIT_MS }).not.toContain('heron')
  expect(await page.getByText('heron').count()).toBe(0)
  await say(page, 'Remember the crane')
  await expect.poll(kept, { timeout: WAIT_MS }).toContain('crane')
  await page.getByRole('button', { name: /^admin / }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.waitForURL(/\/sign-in/)
  expect(await kept()).not.toContain('crane')
  expect(await page.evaluate('JSON.stringify({ ...localStorage })')).not.toContain('heron')
  await visitor.leave()
})

const HOSTILE = [
  '<script>globalThis.stolen = 1</script><img src=x onerror="globalThis.stolen = 1">',
  '[click](javascript:globalThis.stolen=1) [here](https://user@evil.example/) ![p](https://evil.example/p.png)',
  `${'wide'.repeat(5_000)}`,
  'abc\u202edef \u001b[31m \u2066ghi',
  'שלום עולם',
  '| a | b |\n|---|---|\n| <svg onload="globalThis.stolen=1"> | `x` |',
].join('\n\n')

test.each([
  ['light', 1440],
  ['dark', 390],
] as [Theme, number][])('whatever a model says stays text, in the %s theme at %d px', async (theme, width) => {
  const visitor = await enter('developer', { theme, width })
  const { page } = visitor
  await say(page, `${HOSTILE}\n\n[good](https://good.example/page)`)
  const answer = answerOf(page, 'sim/echo')
  await answer.getByText('(good.example)').waitFor()
  expect(
    await answer.locator('a[href]').evaluateAll((links) => links.map((link) => link.getAttribute('href'))),
  ).toEqual(['https://good.example/page', expect.stringMatching(/^\/workspaces\/team\/logs\?request=gen-/)])
  expect(await answer.locator('img, script, svg[onload], iframe').count()).toBe(0)
  expect(await answer.innerText()).toContain('<script>globalThis.stolen = 1</script>')
  expect(await answer.innerText()).toContain('[U+202E]')
  expect(await page.evaluate('globalThis.stolen')).toBeUndefined()
  expect(await visitor.overhang()).toBeLessThanOrEqual(0)
  expect([await visitor.accessibilityFaults(), visitor.takeFaults()]).toEqual([[], []])
  await page.getByLabel('Show answers as plain text').check()
  expect(await answer.innerText()).toContain('[click](javascript:globalThis.stolen=1)')
  expect(await visitor.overhang()).toBeLessThanOrEqual(0)
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

describe('a refusal says in plain words what stands in the way and what to do', () => {
  test('a provider that fails', async () => {
    const visitor = await enter('developer')
    await choose(visitor.page, 'Model 1', 'sim/error-503')
    await say(visitor.page, 'Hello')
    const alert = visitor.page.getByRole('alert')
    await alert.getByText('Try again').waitFor()
    await visitor.page.getByRole('button', { name: 'Again' }).click()
    await alert.waitFor()
    await visitor.leave()
  })

  test('a content filter, and a model that a guardrail takes away', async () => {
    await change('PATCH', `/api/v1/guardrails/${guardrailId}`, {
      ignored_models: ['sim/lorem'],
      content_filter_builtins: [{ slug: 'email', action: 'block' }],
    })
    const visitor = await enter('developer')
    const { page } = visitor
    await page.getByRole('button', { name: /^Model 1:/ }).click()
    await page.getByPlaceholder('Find a model').fill('lorem')
    await page.getByText('No model that you may use is called that.').waitFor()
    await page.getByText('Ask for “lorem” as it is').waitFor()
    await page.getByPlaceholder('Find a model').fill('sim/lorem')
    await page.getByText('Ask for “sim/lorem” as it is').click()
    await say(page, 'Hello')
    await page.getByRole('alert').getByText('A guardrail does not allow this model here.').waitFor()
    await choose(page, 'Model 1', 'sim/echo')
    await say(page, 'Write to ada@example.com')
    await page
      .getByRole('alert')
      .last()
      .getByText(/^A content filter blocked your message: /)
      .waitFor()
    expect(await page.getByRole('alert').last().innerText()).toContain('Take that out and send it again.')
    expect(await page.getByRole('alert').last().innerText()).toContain('ask admin')
    expect([await visitor.accessibilityFaults(), visitor.takeFaults()]).toEqual([[], []])
    await visitor.leave()
    await change('PATCH', `/api/v1/guardrails/${guardrailId}`, { ignored_models: null, content_filter_builtins: null })
  })

  test('a budget that is used up', async () => {
    const budget = `/api/v1/workspaces/${teamId}/budgets/monthly`
    await change('PUT', budget, { limit_usd: 0.000_002 })
    const visitor = await enter('developer')
    const { page } = visitor
    await choose(page, 'Model 1', 'sim/lorem')
    await say(page, 'Hello')
    await page
      .getByRole('alert')
      .getByText(/^The monthly budget of this workspace .* It resets on 1 \w+ 00:00 UTC\.$/)
      .waitFor()
    expect(await page.getByRole('alert').innerText()).toContain('Ask admin to raise it.')
    await page.getByRole('alert').getByRole('link', { name: 'Budgets' }).click()
    await page.waitForURL('**/workspaces/team/budgets')
    await visitor.leave()
    await gateway.call('DELETE', budget)
  })
})

test.each([
  ['light', 1440],
  ['dark', 1440],
  ['light', 390],
  ['dark', 360],
] as [Theme, number][])(
  'in the %s theme at %d px the playground sticks nowhere out and shuts nobody out',
  async (theme, width) => {
    const visitor = await enter('developer', { theme, width })
    const { page } = visitor
    const faults: string[] = []
    const look = async (what: string) => {
      const found = [...visitor.takeFaults(), ...(await visitor.accessibilityFaults())]
      if ((await visitor.overhang()) > 0) found.push('sticks out of the window')
      faults.push(...found.map((fault) => `${what}: ${fault}`))
    }
    await look('empty')
    await page.getByRole('button', { name: 'Compare' }).click()
    await page.getByRole('button', { name: 'Compare' }).click()
    await say(page, '# A list\n\n1. one\n2. `two`\n\n```ts\nlet three = 3\n```')
    await look('three answers')
    await page.getByRole('button', { name: /^Model 1:/ }).click()
    await look('choosing a model')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'View as code' }).click()
    await look('code')
    await page.keyboard.press('Escape')
    if (width < 1024) await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByText('Provider routing').filter({ visible: true }).click()
    await look('settings')
    await visitor.leave()
    expect(faults).toEqual([])
  },
)

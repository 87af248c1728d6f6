import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { openBrowser, type Theme, Visitor } from './visitor.ts'

const PATHS = [
  '/docs',
  '/docs/getting-started',
  '/docs/keys',
  '/docs/api',
  '/docs/api/create-keys',
  '/docs/api/send-chat-completion-request',
  '/docs/changelog',
  '/docs/nothing',
]

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

test.each([
  ['light', 1440],
  ['dark', 1440],
  ['light', 390],
  ['dark', 360],
] as [Theme, number][])(
  'in the %s theme at %d px no page of the documentation breaks its policy, asks another host, sticks out or shuts somebody out',
  async (theme, width) => {
    const visitor = await Visitor.arrive(browser, { url: gateway.url, theme, width })
    const faults: string[] = []
    for (const path of PATHS) {
      await visitor.page.goto(path)
      await visitor.settle()
      const found = [...visitor.takeFaults(), ...(await visitor.accessibilityFaults())]
      if ((await visitor.overhang()) > 0) found.push('sticks out of the window')
      faults.push(...found.map((fault) => `${path}: ${fault}`))
    }
    await visitor.leave()
    expect(faults).toEqual([])
  },
)

test('the search is reached by a key, finds a guide, and leads there by keys alone', async () => {
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  await visitor.page.goto('/docs')
  await visitor.page.keyboard.press('/')
  await visitor.page.keyboard.type('automatic rotation')
  const found = visitor.page.locator('#results a', { hasText: 'Automatic rotation' }).first()
  await found.waitFor()
  await visitor.page.keyboard.press('ArrowDown')
  await visitor.page.keyboard.press('Enter')
  await visitor.page.waitForURL('**/docs/keys#automatic-rotation')
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

test('code is copied whole, and what was said of a page is remembered in the browser', async () => {
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  await visitor.page.goto('/docs/getting-started')
  await visitor.page.getByRole('button', { name: 'Copy' }).first().click()
  await visitor.page.getByRole('button', { name: 'Copied' }).waitFor()
  expect(await visitor.page.evaluate<string>('navigator.clipboard.readText()')).toBe('npm ci\nnpm start\n')
  await visitor.page.getByRole('button', { name: 'Yes' }).click()
  await visitor.page.reload()
  expect(await visitor.page.getByRole('button', { name: 'Yes' }).getAttribute('aria-pressed')).toBe('true')
  await visitor.leave()
})

test('an operation is tried from its page by keys alone, after it was confirmed, and its key is stored nowhere', async () => {
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  const { page } = visitor
  await page.goto('/docs/api/create-keys')
  await page.getByLabel('API key').fill(gateway.managementKey)
  await page.getByLabel('Body, as JSON').fill(`{"name": "It's tried"}`)
  const count = async () => {
    const { body } = await gateway.call('GET', '/api/v1/keys')
    return (body as { data: { name: string }[] }).data.filter(({ name }) => name === "It's tried").length
  }
  await page.getByRole('button', { name: 'Send' }).press('Enter')
  await page.getByText('POST /api/v1/keys').last().waitFor()
  await page.keyboard.press('Escape')
  expect(await count()).toBe(0)
  await page.getByRole('button', { name: 'Send' }).press('Enter')
  await page.getByRole('button', { name: 'Do it' }).press('Enter')
  await page.getByText('201 Created').waitFor()
  await page.getByRole('region', { name: 'Body of the answer' }).getByText('"name": "It\'s tried"').waitFor()
  await page.getByText(/^req-/).waitFor()
  expect(await count()).toBe(1)
  expect(await page.getByLabel('The request with curl').textContent()).toContain(`-d '{"name": "It'\\''s tried"}'`)
  expect(await page.getByLabel('The request with curl').textContent()).not.toContain(gateway.managementKey)
  const stored = 'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])'
  expect(await page.evaluate<string>(stored)).not.toContain('sk-or-v1')
  expect([await visitor.accessibilityFaults(), visitor.takeFaults()]).toEqual([[], []])
  await page.reload()
  expect(await page.getByLabel('API key').inputValue()).toBe('')
  await visitor.leave()
})

test('what is missing or wrong is said at its field, and nothing is sent', async () => {
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  const { page } = visitor
  const sent: string[] = []
  page.on('request', (request) => {
    if (request.url().includes('/api/v1/')) sent.push(request.url())
  })
  await page.goto('/docs/api/get-key')
  await page.getByRole('button', { name: 'Send' }).click()
  await page.getByRole('alert').getByText('Give a key first.').waitFor()
  await page.getByLabel('API key').fill(gateway.managementKey)
  await page.getByLabel('hash').fill('')
  await page.getByRole('button', { name: 'Send' }).click()
  await page.getByRole('alert').getByText('hash is needed.').waitFor()
  expect(await page.evaluate('document.activeElement.name')).toBe('hash')
  await page.goto('/docs/api/create-keys')
  await page.getByLabel('API key').fill(gateway.managementKey)
  await page.getByLabel('Body, as JSON').fill('{')
  await page.getByRole('button', { name: 'Send' }).click()
  await page.getByRole('alert').getByText('The body is no JSON').waitFor()
  expect(sent).toEqual([])
  await page.goto('/docs/api/get-key')
  await page.getByLabel('API key').fill(gateway.managementKey)
  await page.getByLabel('hash').fill('../keys')
  await page.getByRole('button', { name: 'Send' }).click()
  await page.getByText(/^4\d\d /).waitFor()
  expect(sent).toEqual([`${gateway.url}/api/v1/keys/..%2Fkeys`])
  await visitor.leave()
})

test('an inference is tried, streaming, and what a model says is text', async () => {
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  const { page } = visitor
  await page.goto('/docs/api/send-chat-completion-request')
  await page.getByLabel('API key').fill(await gateway.createKey())
  const content = '<img src=x onerror="globalThis.stolen = 1">'
  const body = { model: 'sim/echo', stream: true, messages: [{ role: 'user', content }] }
  await page.getByLabel('Body, as JSON').fill(JSON.stringify(body))
  await page.getByRole('button', { name: 'Send' }).click()
  await page.getByRole('region', { name: 'Body of the answer' }).getByText('[DONE]').waitFor()
  await page.getByText(/^gen-/).waitFor()
  expect([await page.evaluate('globalThis.stolen'), visitor.takeFaults()]).toEqual([undefined, []])
  await visitor.leave()
})

test('without scripts a page of the reference is read as ever, and has no form that could do nothing', async () => {
  const context = await browser.newContext({ baseURL: gateway.url, javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto('/docs/api/create-keys')
  expect(await page.getByRole('heading', { name: 'Request body' }).isVisible()).toBe(true)
  expect(await page.getByRole('button', { name: 'Send' }).count()).toBe(0)
  await context.close()
})

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
  '/docs/changelog',
  '/docs/nothing',
]

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

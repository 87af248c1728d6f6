import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { setUpToken } from '../contract/shared-gateway.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { openBrowser, Visitor } from './visitor.ts'

const PASSWORD = 'correct horse battery staple'
const CLICKS_MAX = 6
const MINUTE_MS = 60_000

let gateway: Gateway
let browser: Browser

beforeAll(async () => {
  gateway = await startGateway({ env: { SWITCHYARD_SIM: 'on' }, firstStart: true })
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  await gateway?.stop()
})

/** Clicks, counted. */
class Hand {
  clicks = 0
  readonly startedAt = performance.now()
  readonly #page: Page

  constructor(page: Page) {
    this.#page = page
  }

  async press(name: string): Promise<void> {
    this.clicks += 1
    await this.#page.getByRole('button', { name }).last().click()
  }

  get tookMs(): number {
    return performance.now() - this.startedAt
  }
}

test('from the printed link to a first answered call it takes at most six clicks and less than a minute', async () => {
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  const { page } = visitor
  const hand = new Hand(page)
  await page.goto(`/setup?token=${await setUpToken(gateway.stdout)}`)
  await page.getByLabel('E-mail').fill('ada@example.test')
  await page.getByLabel('First name').fill('Ada')
  await page.getByLabel('Password').fill(PASSWORD)
  await hand.press('Set up')
  await hand.press('Send a test request')
  await page.getByText('Say hello in one short sentence.').waitFor()
  const { clicks, tookMs } = hand
  process.stdout.write(`first run: ${clicks} clicks, ${Math.round(tookMs)} ms to the first answered call\n`)
  expect([clicks <= CLICKS_MAX, tookMs < MINUTE_MS]).toEqual([true, true])

  await hand.press('I have kept them')
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  expect(await page.getByText('Ada', { exact: true }).count()).toBe(1)
  await page.reload()
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

test('an invited Developer accepts, makes a key and calls within a minute', async () => {
  const inviter = await Visitor.arrive(browser, { url: gateway.url })
  await signIn(inviter.page, 'ada@example.test')
  await inviter.page.getByRole('link', { name: 'Members' }).click()
  await inviter.page.getByRole('button', { name: 'Invite' }).click()
  await inviter.page.getByLabel('E-mail addresses').fill('Grace <grace@example.test>')
  await inviter.page.getByRole('dialog').getByRole('button', { name: 'Invite' }).click()
  const link = await inviter.page.getByLabel('Link for grace@example.test').inputValue()
  await inviter.leave()

  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  const { page } = visitor
  const hand = new Hand(page)
  await page.goto(link)
  await page.getByLabel('First name').fill('Grace')
  await page.getByLabel('Password').fill(PASSWORD)
  await hand.press('Accept the invitation')
  await page.getByRole('link', { name: 'Keys' }).click()
  await hand.press('Generate key')
  await page.getByLabel('Name', { exact: true }).fill('Mine')
  await hand.press('Generate key')
  await hand.press('Send a test request')
  await page.getByText('Say hello in one short sentence.').waitFor()
  process.stdout.write(`invited: ${Math.round(hand.tookMs)} ms from the link to the first answered call\n`)
  expect(hand.tookMs).toBeLessThan(MINUTE_MS)
  await hand.press('I have kept it')
  expect(await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'BYOK' }).count()).toBe(0)
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

async function signIn(page: Page, email: string): Promise<void> {
  await page.goto('/sign-in')
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
}

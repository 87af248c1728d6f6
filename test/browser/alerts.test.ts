import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ALERT_KINDS, type AlertCondition } from '../../src/contract/management/alert-conditions.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { openBrowser, type Theme, Visitor } from './visitor.ts'

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

interface Rule {
  id: string
  name: string
  enabled: boolean
  condition: AlertCondition
  channel_ids: string[]
}

/** Those whose name begins so; an organization has some from its first day on. */
async function rules(name: string): Promise<Rule[]> {
  const { body } = await gateway.call('GET', '/api/v1/alert-rules?limit=100')
  return (body as { data: Rule[] }).data.filter((rule) => rule.name.startsWith(name))
}

async function choose(page: Page, name: string, action: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${name}` }).click()
  await page.getByRole('menuitem', { name: action }).click()
}

async function arrive(path: string, options: { theme?: Theme; width?: number } = {}) {
  const visitor = await Visitor.arrive(browser, { url: gateway.url, ...options })
  await visitor.enterWithKey(gateway.managementKey)
  await visitor.go(path)
  return { visitor, page: visitor.page, dialog: visitor.page.getByRole('dialog') }
}

test('a rule with a channel is made and tested, changed, turned off and deleted', async () => {
  const { visitor, page, dialog } = await arrive('/alerts?tab=channels')
  await page.getByRole('button', { name: 'Add a channel' }).click()
  await dialog.getByLabel('Name').fill('On call')
  await dialog.getByLabel('Kind').selectOption('slack')
  await dialog.getByLabel('URL').fill('https://hooks.example.com/services/T/B/x')
  await dialog.getByRole('button', { name: 'Add the channel' }).click()
  await page.getByText('Slack · https://hooks.example.com').waitFor()
  await choose(page, 'On call', 'Change')
  await dialog.getByLabel('Name').fill('Night shift')
  await dialog.getByLabel('Send to another destination').check()
  await dialog.getByLabel('URL').fill('https://chat.example.org/hook')
  await dialog.getByRole('button', { name: 'Save the channel' }).click()
  await page.getByText('Slack · https://chat.example.org').waitFor()
  await choose(page, 'Night shift', 'Send a test')
  await page.getByText('A test is on its way').waitFor()

  await page.getByRole('tab', { name: 'Rules' }).click()
  await page.getByRole('button', { name: 'Add a rule' }).click()
  await dialog.getByLabel('Name').fill('Few credits')
  await dialog.getByLabel('Tell when').selectOption('low_balance')
  await dialog.getByLabel('Told below, in dollars').fill('1000')
  await dialog.getByLabel('Night shift').check()
  expect(await visitor.accessibilityFaults()).toEqual([])
  await dialog.getByRole('button', { name: 'Add the rule' }).click()
  await page.getByText('Few credits are left · below $1,000.00', { exact: true }).waitFor()
  await choose(page, 'Few credits', 'Send a test')
  await page.getByText('to 1 channels').waitFor()

  await choose(page, 'Few credits', 'Change')
  expect(await dialog.getByLabel('Told below, in dollars').inputValue()).toBe('1000')
  expect(await dialog.getByLabel('Night shift').isChecked()).toBe(true)
  await dialog.getByLabel('Told below, in dollars').fill('250')
  await dialog.getByRole('button', { name: 'Save the rule' }).click()
  await page.getByText('below $250.00').waitFor()
  await choose(page, 'Few credits', 'Turn off')
  await page
    .getByRole('row', { name: /^Few credits/ })
    .getByText('Off')
    .waitFor()
  expect(await rules('Few')).toMatchObject([{ enabled: false, condition: { kind: 'low_balance', below_usd: 250 } }])

  await page.getByRole('tab', { name: 'Channels' }).click()
  await choose(page, 'Night shift', 'Delete')
  await dialog.getByRole('button', { name: 'Delete the channel' }).click()
  await dialog.getByText('1 alert rules send to this channel').waitFor()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('tab', { name: 'Rules' }).click()
  await choose(page, 'Few credits', 'Delete')
  await dialog.getByRole('button', { name: 'Delete the rule' }).click()
  await page.getByRole('button', { name: 'Actions for Few credits' }).waitFor({ state: 'detached' })
  expect(await rules('Few')).toEqual([])
  expect(visitor.takeFaults()).toEqual([])
  await visitor.leave()
})

test('a rule of every kind is made with what its fields offer', async () => {
  const { visitor, page, dialog } = await arrive('/alerts?tab=rules')
  for (const kind of ALERT_KINDS) {
    await page.getByRole('button', { name: 'Add a rule' }).first().click()
    await dialog.getByLabel('Name').fill(`Watch ${kind}`)
    await dialog.getByLabel('Tell when').selectOption(kind)
    await dialog.getByRole('button', { name: 'Add the rule' }).click()
    await page.getByRole('button', { name: `Actions for Watch ${kind}` }).waitFor()
  }
  expect((await rules('Watch ')).map(({ condition }) => condition.kind).toSorted()).toEqual([...ALERT_KINDS].toSorted())
  await visitor.leave()
})

test('what the API refuses stands at the field that it names, which gets the focus', async () => {
  const { visitor, page, dialog } = await arrive('/alerts?tab=rules')
  await page.getByRole('button', { name: 'Add a rule' }).click()
  await dialog.getByLabel('Name').fill('Too much')
  await dialog.getByLabel('Told at, in percent').fill('50, 130')
  await dialog.getByRole('button', { name: 'Add the rule' }).click()
  const field = dialog.getByLabel('Told at, in percent')
  await dialog.getByText(/^Entry 2: /).waitFor()
  expect(await field.getAttribute('aria-invalid')).toBe('true')
  expect(await dialog.locator('input:focus').getAttribute('id')).toBe(await field.getAttribute('id'))
  expect(await dialog.getByRole('alert').count()).toBe(0)
  expect(await visitor.accessibilityFaults()).toEqual([])
  await visitor.leave()
})

test('a dialog asks before it throws away what was typed, and leaves at once where nothing was', async () => {
  const { visitor, page, dialog } = await arrive('/alerts?tab=rules')
  const add = page.getByRole('button', { name: 'Add a rule' })
  const question = page.getByRole('alertdialog')
  await add.click()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' }).catch(() => dialog.waitFor({ state: 'hidden' }))
  await add.click()
  await dialog.getByLabel('Name').fill('Half a ru')
  for (const leave of [
    () => page.keyboard.press('Escape'),
    () => dialog.getByRole('button', { name: 'Close' }).click(),
    // A browser closes a dialog at the second Escape in a row, whatever the page says.
    async () => {
      await page.keyboard.press('Escape')
      await page.keyboard.press('Escape')
    },
  ]) {
    await leave()
    await question.waitFor()
    expect(await visitor.accessibilityFaults()).toEqual([])
    await question.getByRole('button', { name: 'Keep editing' }).click()
    expect(await dialog.getByLabel('Name').inputValue()).toBe('Half a ru')
  }
  await page.keyboard.press('Escape')
  await question.getByRole('button', { name: 'Discard' }).click()
  await dialog.waitFor({ state: 'hidden' })
  await add.click()
  expect(await dialog.getByLabel('Name').inputValue()).toBe('')
  await visitor.leave()
})

test.each([
  ['light', 360],
  ['dark', 1440],
] as [Theme, number][])(
  'in the %s theme at %d px the forms shut nobody out and nothing sticks out',
  async (theme, width) => {
    const { visitor, page } = await arrive('/alerts?tab=rules', { theme, width })
    for (const [tab, button] of [
      ['Rules', 'Add a rule'],
      ['Channels', 'Add a channel'],
    ] as const) {
      await page.getByRole('tab', { name: tab }).click()
      await page.getByRole('button', { name: button }).click()
      expect([tab, await visitor.accessibilityFaults(), (await visitor.overhang()) > 0]).toEqual([tab, [], false])
      await page.keyboard.press('Escape')
    }
    expect(visitor.takeFaults()).toEqual([])
    await visitor.leave()
  },
)

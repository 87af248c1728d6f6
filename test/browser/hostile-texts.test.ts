import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { ControlCrawl } from './control-crawl.ts'
import { makeHostileWorld } from './hostile-world.ts'
import { pagesInRail } from './rail-pages.ts'
import { openBrowser, Visitor } from './visitor.ts'

let gateway: Gateway
let browser: Browser
let paths: string[]

beforeAll(async () => {
  gateway = await startGateway({ env: { SWITCHYARD_SIM: 'on' } })
  browser = await openBrowser()
  await makeHostileWorld(gateway)
  paths = (await pagesInRail(browser, gateway)).filter((path) => !path.endsWith('/playground'))
})

afterAll(async () => {
  await browser?.close()
  await gateway?.stop()
})

/* Run in the browser. What scrolls by itself on purpose says so by the way it overflows; of what doesn't, nothing may be beyond it. */
const STICKING_OUT = `(() => {
  const root = document.querySelector('dialog[open]') ?? document.documentElement
  const edge = document.documentElement.clientWidth + 1
  const mayScroll = (one) => one !== null && one !== root && (/auto|scroll|hidden|clip/.test(getComputedStyle(one).overflowX) || mayScroll(one.parentElement))
  const out = [...root.querySelectorAll('*')].filter((one) => {
    const { left, right, width } = one.getBoundingClientRect()
    return width > 0 && (right > edge || left < -1) && !mayScroll(one.parentElement) && one.checkVisibility()
  })
  return out.slice(0, 2).map((one) => one.tagName + '.' + one.className + ' ' + one.textContent.slice(0, 40))
})()`
const WIDER_DIALOG = `[...document.querySelectorAll('dialog[open] > div')].some((one) => one.scrollWidth > one.clientWidth)`

test.each([1440, 390])(
  'at %d px no text, whatever it holds, runs, writes an error or sticks out of a page, its tabs or what it opens',
  async (width) => {
    const visitor = await Visitor.arrive(browser, { url: gateway.url, width })
    await visitor.enterWithKey(gateway.managementKey)
    const faults = new Set<string>()
    const crawl = new ControlCrawl(visitor.page, async (where) => {
      for (const fault of await faultsOf(visitor)) faults.add(`${where.replace(gateway.url, '')}: ${fault}`)
    })
    for (const path of paths) await crawl.operationsOf(path)
    expect([...faults]).toEqual([])
    await visitor.leave()
  },
)

async function faultsOf(visitor: Visitor): Promise<string[]> {
  const { page } = visitor
  const out = await evaluate<string[]>(page, STICKING_OUT)
  return [
    ...visitor.takeFaults(),
    ...((await evaluate<unknown>(page, 'globalThis.stolen')) === undefined ? [] : ['ran a text']),
    ...((await visitor.overhang()) > 0 ? ['the page is wider than the window'] : []),
    ...((await evaluate<boolean>(page, WIDER_DIALOG)) ? ['the dialog is wider than itself'] : []),
    ...out.map((one) => `sticks out: ${one}`),
  ]
}

async function evaluate<T>(page: Page, script: string): Promise<T> {
  return await page.evaluate<T>(script)
}

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { makeDemoWorld } from './demo-world.ts'
import { pagesInRail } from './rail-pages.ts'
import { openBrowser, type Theme, Visitor } from './visitor.ts'

let gateway: Gateway
let browser: Browser
let paths: string[]

beforeAll(async () => {
  gateway = await startGateway({ env: { SWITCHYARD_SIM: 'on' } })
  browser = await openBrowser()
  await makeDemoWorld(gateway)
  paths = ['/workspaces/default/keys?create=yes', ...(await pagesInRail(browser, gateway))]
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
  'in the %s theme at %d px no page breaks its policy, writes an error, asks another host, sticks out, has a control out of reach or shuts somebody out',
  async (theme, width) => {
    const visitor = await Visitor.arrive(browser, { url: gateway.url, theme, width })
    const faults: string[] = []
    const look = async (name: string) => {
      const found = [...visitor.takeFaults(), ...(await visitor.accessibilityFaults()), ...(await visitor.outOfReach())]
      if ((await visitor.overhang()) > 0) found.push('sticks out of the window')
      faults.push(...found.map((fault) => `${name}: ${fault}`))
    }
    for (const path of ['/', '/sign-in']) {
      await visitor.page.goto(path)
      await visitor.settle()
      await look(path)
    }
    await visitor.enterWithKey(gateway.managementKey)
    for (const path of [...paths, '/nothing/here', '/workspaces/unknown/keys']) {
      await visitor.go(path)
      await look(path)
    }
    await visitor.leave()
    expect(faults).toEqual([])
  },
)

test('each page has a heading and a title of its own, and none is of another workspace', async () => {
  const visitor = await Visitor.arrive(browser, { url: gateway.url })
  await visitor.enterWithKey(gateway.managementKey)
  const titles = new Set<string>()
  for (const path of paths.slice(1)) {
    await visitor.go(path)
    expect([path, await visitor.page.getByRole('heading', { level: 1 }).count()]).toEqual([path, 1])
    titles.add(await visitor.page.title())
  }
  expect(titles.size).toBe(paths.length - 1)
  await visitor.go('/workspaces/unknown/keys')
  expect(await visitor.page.getByText('Nothing is here').count()).toBe(1)
  await visitor.leave()
})

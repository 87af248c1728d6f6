/** `npm run screenshots [folder]`: every page in both themes at 1440 and at 390 pixels, out of the running product. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { startGateway } from '../harness/gateway-process.ts'
import { makeDemoInstallation } from './demo-installation.ts'
import { pagesInRail } from './rail-pages.ts'
import { openBrowser, type Theme, Visitor } from './visitor.ts'

const folder = process.argv[2] ?? join(import.meta.dirname, '../../dist/screenshots')
const only = process.argv[3]
const REQUESTS = 400
const THEMES = ['light', 'dark'] as const
const SIZES = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
] as const

mkdirSync(folder, { recursive: true })
await using gateway = await startGateway({ env: { SWITCHYARD_SIM: 'on', SWITCHYARD_BREAKER_COOLDOWN_MS: '0' } })
await makeDemoInstallation(gateway, REQUESTS)
const browser = await openBrowser()
try {
  // The Default workspace is empty there.
  const paths = (await pagesInRail(browser, gateway)).map((path) =>
    path.replace('/workspaces/default', '/workspaces/support'),
  )
  for (const theme of THEMES) for (const size of SIZES) await shootAll(browser, { theme, ...size, paths })
} finally {
  await browser.close()
}

async function shootAll(
  browser: Browser,
  { theme, width, height, paths }: { theme: Theme; width: number; height: number; paths: readonly string[] },
): Promise<void> {
  const visitor = await Visitor.arrive(browser, { url: gateway.url, theme, width, height })
  const shoot = async (name: string) => {
    if (only !== undefined && !name.includes(only)) return
    await visitor.page.mouse.move(0, 0)
    const { page } = visitor
    await page.setViewportSize({
      width,
      height: Math.max(height, await page.evaluate<number>('document.body.scrollHeight')),
    })
    await page.screenshot({ path: join(folder, `${name}.${theme}.${width}.png`), fullPage: true })
    await page.setViewportSize({ width, height })
    const faults = [...visitor.takeFaults(), ...((await visitor.overhang()) > 0 ? ['sticks out of the window'] : [])]
    for (const fault of faults) process.stdout.write(`${name} ${theme} ${width}: ${fault}\n`)
  }
  await visitor.page.goto('/')
  await visitor.settle()
  await shoot('landing')
  await visitor.page.goto('/sign-in')
  await visitor.settle()
  await shoot('sign-in')
  await visitor.enterWithKey(gateway.managementKey)
  for (const path of paths) {
    await visitor.go(path)
    await shoot(path.slice(1).replaceAll(/[/?=&]/g, '-'))
  }
  await visitor.leave()
}

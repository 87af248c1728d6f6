/** `npm run pictures [folder]`: the pictures that README shows, out of the running product with what `switchyard demo-data` makes. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startGateway } from '../harness/gateway-process.ts'
import { makeDemoInstallation } from './demo-installation.ts'
import { openBrowser, Visitor } from './visitor.ts'

const folder = process.argv[2] ?? join(import.meta.dirname, '../../docs/pictures')
const REQUESTS = 600
const SIZE = { width: 1280, height: 800 }
const PICTURES = [
  { name: 'overview', path: '/workspaces/support', theme: 'light' },
  { name: 'keys', path: '/workspaces/research/keys', theme: 'light' },
] as const

mkdirSync(folder, { recursive: true })
await using gateway = await startGateway({ env: { SWITCHYARD_SIM: 'on', SWITCHYARD_BREAKER_COOLDOWN_MS: '0' } })
const { url: origin, managementKey: key } = gateway
await makeDemoInstallation(gateway, REQUESTS)
const browser = await openBrowser()
try {
  for (const { name, path, theme } of PICTURES) {
    const visitor = await Visitor.arrive(browser, { url: origin, theme, ...SIZE })
    await visitor.enterWithKey(key)
    await visitor.go(path)
    await visitor.page.mouse.move(0, 0)
    await visitor.page.screenshot({ path: join(folder, `${name}.png`) })
    for (const fault of visitor.takeFaults()) process.stdout.write(`${name}: ${fault}\n`)
    await visitor.leave()
  }
} finally {
  await browser.close()
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WorkspaceRole } from '../../src/contract/common/permissions.ts'
import { setUpToken } from '../contract/shared-gateway.ts'
import { withDatabase } from '../e2e/stored-data.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type MintedMember, SessionMint } from '../harness/sessions.ts'
import { openBrowser, Visitor } from './visitor.ts'

/* What each role sees in the rail, written down by hand: the pages are compared with this, not with themselves. */
const EVERYBODY = ['Overview', 'Members', 'Budgets', 'Logs', 'Activity']
const SEEN: Readonly<Record<WorkspaceRole, readonly string[]>> = {
  admin: [...EVERYBODY, 'Keys', 'Guardrails', 'Settings', 'Playground', 'Models', 'Credits', 'Audit log'],
  developer: [...EVERYBODY, 'Keys', 'Guardrails', 'Playground', 'Models'],
  viewer: [...EVERYBODY, 'Models'],
  billing_manager: [...EVERYBODY, 'Credits'],
}
const PATHS: Readonly<Record<string, string>> = {
  Overview: '/workspaces/team',
  Keys: '/workspaces/team/keys',
  Members: '/workspaces/team/members',
  Guardrails: '/workspaces/team/guardrails',
  Budgets: '/workspaces/team/budgets',
  Logs: '/workspaces/team/logs',
  Activity: '/workspaces/team/activity',
  Settings: '/workspaces/team/settings',
  Playground: '/workspaces/team/playground',
  Credits: '/credits',
}
/** Buttons that change something, and who has them. */
const ACTIONS: readonly { page: string; button: RegExp; roles: readonly WorkspaceRole[] }[] = [
  { page: 'Keys', button: /Generate key/, roles: ['admin', 'developer'] },
  { page: 'Members', button: /Add a member/, roles: ['admin'] },
  { page: 'Members', button: /^Invite/, roles: ['admin'] },
  { page: 'Guardrails', button: /New guardrail/, roles: ['admin'] },
  { page: 'Budgets', button: /Set the budget/, roles: ['admin'] },
]

let gateway: Gateway
let browser: Browser
const people = new Map<WorkspaceRole, MintedMember>()

beforeAll(async () => {
  gateway = await startGateway({ env: { SWITCHYARD_SIM: 'on' } })
  const token = await setUpToken(gateway.stdout)
  const { body } = await gateway.call('POST', '/setup', { key: null, body: { token, email: 'first@example.test' } })
  const { organization_id: organizationId } = (body as { data: { organization_id: string } }).data
  const made = await gateway.call('POST', '/api/v1/workspaces', { body: { name: 'Team', slug: 'team' } })
  const teamId = (made.body as { data: { id: string } }).data.id
  const secret = readFileSync(join(gateway.dataDir, 'secret'), 'utf8').trim()
  await withDatabase(gateway, async ({ kysely }) => {
    const mint = new SessionMint(kysely, secret)
    for (const role of Object.keys(SEEN) as WorkspaceRole[])
      people.set(role, await mint.member(role, { organizationId, workspaces: { [teamId]: role } }))
  })
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  await gateway?.stop()
})

test.each(Object.keys(SEEN) as WorkspaceRole[])(
  'a %s sees the pages and the buttons of the role, and no others',
  async (role) => {
    const visitor = await Visitor.arrive(browser, { url: gateway.url, cookie: people.get(role)?.cookie ?? '' })
    const { page } = visitor
    await page.goto('/workspaces/team')
    await visitor.settle()
    const links = page.getByRole('navigation', { name: 'Pages' }).getByRole('link')
    expect((await links.allTextContents()).toSorted()).toEqual(expect.arrayContaining([...SEEN[role]].toSorted()))
    for (const [name, path] of Object.entries(PATHS)) {
      await visitor.go(path)
      const isRefused = (await page.getByText("Your role doesn't include this").count()) > 0
      expect([name, isRefused]).toEqual([name, !SEEN[role].includes(name)])
      expect([name, await page.getByText('Could not load').count()]).toEqual([name, 0])
    }
    for (const action of ACTIONS) {
      await visitor.go(PATHS[action.page] ?? '')
      const isThere = (await page.getByRole('button', { name: action.button }).count()) > 0
      expect([action.page, isThere]).toEqual([action.page, action.roles.includes(role)])
    }
    expect(visitor.takeFaults()).toEqual([])
    await visitor.leave()
  },
)

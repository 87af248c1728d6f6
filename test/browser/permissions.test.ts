import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { OPERATIONS, type OperationName } from '../../src/contract/operations.ts'
import { listSourceFiles } from '../../tools/source-files.ts'
import { COLUMNS, type Column, type ColumnName } from '../contract/permission-columns.ts'
import { expected } from '../contract/permission-expectation.ts'
import { MEMBER_TABLE, type Needed, OPERATION_ROWS, ROLE_TABLE } from '../contract/permission-rows.ts'
import { type PermissionServer, serveInVain } from '../contract/permission-server.ts'
import { makeWorld, type World } from '../contract/permission-world.ts'
import { ORIGIN } from '../contract/two-organizations.ts'
import { ControlCrawl } from './control-crawl.ts'
import { openBrowser, Visitor } from './visitor.ts'

/*
 * Everybody's dashboard against the table of permissions that the contract tests go by: each page is reachable, and each control
 * that changes something is shown, if and only if the table grants it. In the world of S5, with things of everybody's in it.
 */

const ROOT = join(import.meta.dirname, '../..')
const TEAM = '/workspaces/shared-slug'
/** It makes itself a key as soon as it is looked at, which is nothing that somebody presses. */
const PLAYGROUND = `${TEAM}/playground`
/** What each page needs, written down by hand. */
const PAGES: Readonly<Record<string, Needed>> = {
  [TEAM]: 'workspace:read',
  [`${TEAM}/keys`]: 'key:read',
  [`${TEAM}/members`]: 'member:read',
  [`${TEAM}/guardrails`]: 'guardrail:read',
  [`${TEAM}/budgets`]: 'budget:read',
  [`${TEAM}/byok`]: 'byok:read',
  [`${TEAM}/presets`]: 'preset:read',
  [`${TEAM}/observability`]: 'destination:read',
  [`${TEAM}/logs`]: 'log:read',
  [PLAYGROUND]: 'inference',
  [`${TEAM}/settings`]: 'workspace:update',
  [`${TEAM}/activity`]: 'analytics:read',
  '/models': 'model:read',
  '/new-workspace': 'workspace:create',
  '/usage': 'analytics:read',
  '/credits': 'credit:read',
  '/organization': 'organization:read',
  '/alerts': 'alert:read',
  '/audit': 'audit:read',
}
const WHO = [
  'admin',
  'developer',
  'viewer',
  'billing_manager',
  'auditor',
  'member with a custom role',
  'project lead',
  'read-only key',
] as const satisfies readonly ColumnName[]

/** What the crawl has no way to: a budget is removed where it is changed, an earlier secret ended where there is one, and members
 *  are removed together when several are ticked. */
const BEHIND_OTHERS = ['bulkRemoveWorkspaceMembers', 'deleteProjectBudget', 'deleteWorkspaceBudget', 'endKeyOverlap']
/** Where an operation stands for something else than its own row says: management keys are keys that few may make. */
const MANAGEMENT_KEYS: Readonly<Record<string, Needed>> = {
  createKeys: 'management-key:write',
  deleteKeys: 'management-key:write',
  rotateKeys: 'management-key:write',
  updateKeys: 'management-key:write',
}
/** What is said to whoever may not see a page, and of a workspace that isn't theirs. */
const REFUSALS = /Your role doesn't include this|Nothing is here/

let world: World
let server: PermissionServer
let browser: Browser
/** The controls of each page, as an administrator of the organization has them. */
let all: Readonly<Record<string, ReadonlySet<string>>>

beforeAll(async () => {
  world = await makeWorld()
  await addMoney(world)
  await putColleaguesFirst(world)
  server = await serveInVain(world, join(ROOT, 'dist/dashboard'))
  browser = await openBrowser()
  const { controls, reached, inRail } = await look('org admin')
  expect(reached).toEqual(Object.keys(PAGES))
  // A new page needs a line above.
  expect(inRail.toSorted()).toEqual(reached.filter((path) => path !== '/new-workspace').toSorted())
  all = controls
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
  await world?.close()
})

test('S5: of all controls that change something, each is seen somewhere', () => {
  const seen = new Set(Object.values(all).flatMap((names) => [...names]))
  const written = listSourceFiles(ROOT)
    .filter((file) => file.startsWith('dashboard/src/pages/') && !file.includes('/connect/'))
    .flatMap((file) => readFileSync(join(ROOT, file), 'utf8').match(/operation=\{[^}]+\}/g) ?? [])
    .flatMap((text) => text.match(/\w+/g) ?? [])
    .filter((word) => Object.hasOwn(OPERATIONS, word))
  expect([...new Set(written)].filter((name) => !seen.has(name)).toSorted()).toEqual(BEHIND_OTHERS)
})

test.each(WHO)('S5: %s reaches the pages that the table grants, and sees the controls that it grants', async (who) => {
  const column: Column = COLUMNS[who]
  const { reached, controls } = await look(who)

  const pages = Object.entries(PAGES)
  expect(reached).toEqual(pages.flatMap(([path, permission]) => (isReached(column, path, permission) ? [path] : [])))
  for (const [path] of pages) {
    const granted = [...(all[path] ?? [])].filter((name) => reached.includes(path) && isGranted(column, path, name))
    expect([path, [...(controls[path] ?? [])].toSorted()]).toEqual([path, granted.toSorted()])
  }
})

test.each(['developer', 'project lead'] as const)('S5: a %s changes a preset of their own alone', async (who) => {
  const target = world.targetOf('getPreset', OPERATIONS.getPreset)
  const { visitor, crawl } = await arrive(who)
  for (const place of ['own', 'colleague'] as const) {
    const slug = target?.(place, who)?.['slug'] ?? ''
    const found = await crawl.operationsOf(`${TEAM}/presets?preset=${slug}`)
    expect([slug, place, found.has('updatePreset'), found.has('deletePreset')]).toEqual([
      slug,
      place,
      place === 'own',
      place === 'own',
    ])
  }
  await visitor.leave()
})

/** Of presets the crawl opens the one that was changed last, and all of this world were at the same moment. */
async function putColleaguesFirst({ database }: World): Promise<void> {
  await database.kysely
    .updateTable('preset')
    .set({ updated_at: new Date(Date.now() + 60_000).toISOString() })
    .where('slug', '=', 'of-a-colleague')
    .execute()
}

/** A pool of the workspace's own, and a payment method beside the default one. */
async function addMoney({ control, database, ours: { actor, workspaceId } }: World): Promise<void> {
  await database.kysely
    .updateTable('workspace')
    .set({ credit_pool: 'dedicated' })
    .where('id', '=', workspaceId)
    .execute()
  for (const name of ['First', 'Second']) {
    const method = { provider: 'manual', name, workspace_id: workspaceId }
    await control.invoke('createPaymentMethod', actor, method, ORIGIN)
  }
}

async function arrive(who: ColumnName) {
  const cookie = world.credentials[who].get('cookie') ?? undefined
  const visitor = await Visitor.arrive(browser, { url: server.url, ...(cookie === undefined ? {} : { cookie }) })
  const crawl = new ControlCrawl(visitor.page)
  const key = world.credentials[who].get('authorization')?.replace('Bearer ', '')
  if (key !== undefined) await visitor.enterWithKey(key)
  else await visitor.page.goto(TEAM)
  await visitor.page.getByRole('navigation', { name: 'Pages' }).waitFor()
  await crawl.settle()
  return { visitor, crawl }
}

async function look(who: ColumnName) {
  const { visitor, crawl } = await arrive(who)
  const { page } = visitor
  const links = page.getByRole('navigation', { name: 'Pages' }).getByRole('link')
  const inRail = await links.evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''))
  const reached: string[] = []
  const controls: Record<string, ReadonlySet<string>> = {}
  for (const path of Object.keys(PAGES)) {
    await crawl.go(path)
    if ((await page.getByText(REFUSALS).count()) === 0) reached.push(path)
    if (path !== PLAYGROUND) controls[path] = await crawl.operationsOf(path)
    else crawl.takeChanged()
    expect([who, path, crawl.takeChanged()]).toEqual([who, path, []])
    if (path !== PLAYGROUND) expect([who, path, await page.getByText('Could not load').count()]).toEqual([who, path, 0])
  }
  expect([who, visitor.takeFaults()]).toEqual([who, []])
  await visitor.leave()
  return { reached, controls, inRail }
}

/** Pages of the organization are for whoever has the permission anywhere in it. */
function isReached(column: Column, path: string, permission: Needed): boolean {
  return (
    reaches(column, permission, column.team) ||
    (!path.startsWith(TEAM) && reaches(column, permission, column.inDefault))
  )
}

function reaches(column: Column, permission: Needed, holding: Column['team']): boolean {
  if (column.everywhere !== undefined) return true
  if (column.only !== undefined && !column.only.includes(permission)) return false
  if (column.isMember === true && (MEMBER_TABLE as readonly Needed[]).includes(permission)) return true
  if (holding === undefined || !Object.hasOwn(ROLE_TABLE, permission)) return false
  if (typeof holding !== 'string') return holding.includes(permission)
  return ROLE_TABLE[permission as keyof typeof ROLE_TABLE][holding] !== '-'
}

function isGranted(column: Column, path: string, name: string): boolean {
  const own = path === '/organization' ? MANAGEMENT_KEYS[name] : undefined
  if (own !== undefined) return reaches(column, own, column.team)
  // Which presets are one's own is asked for by itself.
  if (path.endsWith('/presets') && reaches(column, 'preset:write', column.team) && column.team !== 'admin')
    return name === 'createPresetsChatCompletions'
  const row = OPERATION_ROWS[name as OperationName]
  if (row.kind === 'public') return true
  if (expected(row, column, 'own') === 'allowed' || expected(row, column, 'colleague') === 'allowed') return true
  const isNew = name.startsWith('create') && row.kind === 'guarded'
  return isNew && !path.startsWith(TEAM) && reaches(column, row.permission, column.inDefault)
}

/**
 * `npm run bench:dashboard`: the pages of the built dashboard in a real browser, over an organization with many generations on the
 * embedded database. Prints for each page how long it takes from its address to everything being there, and the compressed script
 * that came for it; then how long the log takes to answer with each filter. Exits 1 where one is beyond its bound.
 * Options: --generations N (1,000,000), --workspaces N (50), --keys N (500), --rounds N (3).
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { openDatabase } from '../../src/store/database.ts'
import { pagesInRail } from '../browser/rail-pages.ts'
import { openBrowser, Visitor } from '../browser/visitor.ts'
import { setUpToken } from '../contract/shared-gateway.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { SessionMint } from '../harness/sessions.ts'
import { seedOrganization } from './seed-organization.ts'

const PAGE_MS_MAX = 2_000
const FILTER_MS_MAX = 300
const SCRIPT_KB_MAX = 350
const FILTER_REQUESTS = 20
const WORKSPACE = 'bench-1'
const SCRIPT_BYTES = `performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js'))
  .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)`

const { values } = parseArgs({
  options: {
    generations: { type: 'string', default: '1000000' },
    workspaces: { type: 'string', default: '50' },
    keys: { type: 'string', default: '500' },
    rounds: { type: 'string', default: '3' },
  },
})

const dataDir = await mkdtemp(join(tmpdir(), 'sw-bench-'))
const { gateway, cookie } = await startSeeded()
const browser = await openBrowser()
try {
  const pages = await measurePages(browser)
  console.table(pages)
  const filters = await measureFilters(gateway)
  console.table(filters)
  const isWithin =
    pages.every(({ ms, 'script KB': kb }) => ms < PAGE_MS_MAX && kb < SCRIPT_KB_MAX) &&
    filters.every(({ 'p95 ms': ms }) => ms < FILTER_MS_MAX)
  if (!isWithin) process.exitCode = 1
} finally {
  await browser.close()
  await gateway.stop()
  await rm(dataDir, { recursive: true, force: true })
}

/** Set up so that somebody can sign in, filled while it is down, and started again. */
async function startSeeded(): Promise<{ gateway: Gateway; cookie: string }> {
  const made = await startGateway({ dataDir, store: 'embedded', firstStart: true, env: { SWITCHYARD_SIM: 'on' } })
  const token = await setUpToken(made.stdout)
  const answer = await made.call('POST', '/setup', { key: null, body: { token, email: 'first@example.test' } })
  const { organization_id: organizationId } = (answer.body as { data: { organization_id: string } }).data
  await made.stop({ keepData: true })
  const database = await openDatabase({ databaseUrl: undefined, dataDir, onWarning: () => {}, onLockLost: () => {} })
  const begin = performance.now()
  const { generations, keys, workspaces } = values
  await seedOrganization(database, {
    generations: Number(generations),
    keys: Number(keys),
    workspaces: Number(workspaces),
  })
  const secret = readFileSync(join(dataDir, 'secret'), 'utf8').trim()
  const { cookie: minted } = await new SessionMint(database.kysely, secret).member('bench', {
    organizationId,
    role: 'org:admin',
  })
  await database.close()
  execFileSync('sync')
  console.log(`seeded ${generations} generations in ${((performance.now() - begin) / 1_000).toFixed(0)} s`)
  await made.restart()
  return { gateway: made, cookie: minted }
}

async function measurePages(from: Browser): Promise<{ page: string; ms: number; 'script KB': number }[]> {
  const paths = (await pagesInRail(from, gateway)).map((path) =>
    path.replace('/workspaces/default', `/workspaces/${WORKSPACE}`),
  )
  const rows = []
  for (const path of paths) {
    const times: number[] = []
    let bytes = 0
    for (let round = 0; round < Number(values.rounds); round += 1) {
      // Nothing in its cache, as on somebody's first visit.
      const visitor = await Visitor.arrive(from, { url: gateway.url, cookie })
      const begin = performance.now()
      await visitor.page.goto(path)
      await visitor.page.getByRole('heading', { level: 1 }).waitFor()
      await visitor.settle()
      times.push((await lastAnswer(visitor.page)) ?? performance.now() - begin)
      bytes = await visitor.page.evaluate<number>(SCRIPT_BYTES)
      await visitor.leave()
    }
    rows.push({ page: path, ms: Math.round(middle(times)), 'script KB': Math.round(bytes / 1_024) })
  }
  return rows
}

/** Milliseconds from the address until the last of what it needed was there: waiting for silence takes longer than that. */
async function lastAnswer(page: Page): Promise<number | undefined> {
  return await page.evaluate<number | undefined>(
    `Math.max(...performance.getEntriesByType('resource').map(({ responseEnd }) => responseEnd))`,
  )
}

async function measureFilters(at: Gateway): Promise<{ filter: string; 'p95 ms': number }[]> {
  const { body } = await at.call('GET', `/api/v1/workspaces/${WORKSPACE}`)
  const { id } = (body as { data: { id: string } }).data
  const listed = await at.call('GET', `/api/v1/keys?workspace_id=${id}`)
  const hash = (listed.body as { data: { hash: string }[] }).data[0]?.hash ?? ''
  const since = new Date(Date.now() - 7 * 86_400_000).toISOString()
  const rows = []
  for (const filter of [
    'limit=50',
    'outcome=done',
    'outcome=refused',
    'model=bench/model-3',
    'provider=Bench',
    `api_key_hash=${hash}`,
    'app=https://app-7.example',
    'session_id=none',
    'min_cost=0.0000014',
    `from=${since}`,
  ]) {
    const times: number[] = []
    for (let sent = 0; sent < FILTER_REQUESTS; sent += 1) {
      const begin = performance.now()
      const { status } = await at.call('GET', `/api/v1/logs?workspace_id=${id}&${filter}`)
      if (status !== 200) throw new Error(`${filter} answered ${status}`)
      times.push(performance.now() - begin)
    }
    times.sort((a, b) => a - b)
    rows.push({ filter: filter.slice(0, 40), 'p95 ms': Math.round(times[Math.ceil(times.length * 0.95) - 1] ?? 0) })
  }
  return rows
}

function middle(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN
}

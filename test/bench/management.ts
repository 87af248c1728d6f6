/**
 * `npm run bench:management`: the management API of one gateway on core 0 over an organization with many workspaces, keys and
 * generations, at one open-loop rate over a mix of operations. Prints p50 and p99 for each operation and for all, on the
 * embedded database and, with `DATABASE_URL`, on PostgreSQL.
 * Options: --rate N (100 requests/s), --seconds N (20), --workspaces N, --keys N, --generations N, --only embedded|postgres.
 */
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openDatabase } from '../../src/store/database.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { createMigratedDatabase } from '../harness/test-database.ts'
import { pinDatabase } from './pinning.ts'
import { type Size, seedOrganization } from './seed-organization.ts'

const WARM_UP_S = 5
const TICK_MS = 5
const START_TIMEOUT_MS = 180_000

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '20' },
    workspaces: { type: 'string', default: '1000' },
    keys: { type: 'string', default: '10000' },
    generations: { type: 'string', default: '1000000' },
    only: { type: 'string' },
  },
})
const size: Size = {
  workspaces: Number(values.workspaces),
  keys: Number(values.keys),
  generations: Number(values.generations),
}

interface Step {
  name: string
  method: string
  path: () => string
  body?: () => unknown
}

type Samples = Map<string, number[]>

const stores = (['embedded', 'postgres'] as const).filter(
  (store) => (store === 'embedded' || process.env['DATABASE_URL']) && (values.only ?? store) === store,
)
for (const store of stores) await measureStore(store)

async function measureStore(store: 'embedded' | 'postgres'): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sw-bench-'))
  const external = store === 'postgres' ? await createMigratedDatabase(process.env['DATABASE_URL'] ?? '') : undefined
  const unpin = pinDatabase()
  try {
    const gateway = await startSeeded({ dataDir, databaseUrl: external?.url })
    const steps = await mixFor(gateway)
    await drive(gateway, steps, WARM_UP_S)
    report(store, await drive(gateway, steps, Number(values.seconds)))
    await gateway.stop({ keepData: true })
  } finally {
    unpin()
    await external?.drop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** Started once so that its organization exists, filled while it is down, and started again. */
async function startSeeded(where: { dataDir: string; databaseUrl: string | undefined }): Promise<Gateway> {
  const { dataDir, databaseUrl } = where
  const gateway = await startGateway({
    dataDir,
    ...(databaseUrl === undefined ? { store: 'embedded' as const } : { databaseUrl }),
    commandPrefix: ['taskset', '-c', '0'],
    startTimeoutMs: START_TIMEOUT_MS,
    isAsShipped: true,
  })
  await gateway.stop({ keepData: true })
  const database = await openDatabase({ databaseUrl, dataDir, onWarning: () => {}, onLockLost: () => {} })
  const begin = performance.now()
  await seedOrganization(database, size)
  await database.close()
  // What was written goes to the disk now; else it would in the middle of what is measured.
  execFileSync('sync')
  console.log(`seeded ${size.generations} generations in ${((performance.now() - begin) / 1_000).toFixed(0)} s`)
  await gateway.restart()
  return gateway
}

/** What administrators and dashboards ask for; a few write, if only the line in the audit log about reading it. */
async function mixFor(gateway: Gateway): Promise<Step[]> {
  const { body } = await gateway.call('GET', '/api/v1/workspaces?limit=100')
  const workspaces = (body as { data: { id: string; slug: string }[] }).data.filter(({ slug }) => slug !== 'default')
  const pick = () => workspaces[Math.floor(Math.random() * workspaces.length)]?.id ?? ''
  const listed = await gateway.call('GET', `/api/v1/keys?workspace_id=${pick()}`)
  const hash = (listed.body as { data: { hash: string }[] }).data[0]?.hash ?? ''
  let serial = 0
  const read = (name: string, path: () => string): Step => ({ name, method: 'GET', path })
  return [
    read('list workspaces', () => `/api/v1/workspaces?limit=50&offset=${Math.floor(Math.random() * 900)}`),
    read('get workspace', () => `/api/v1/workspaces/${pick()}`),
    read('list keys', () => `/api/v1/keys?workspace_id=${pick()}`),
    read('get key', () => `/api/v1/keys/${hash}`),
    read('credits', () => '/api/v1/credits'),
    read('activity of a workspace', () => `/api/v1/activity?workspace_id=${pick()}`),
    read('activity of all', () => '/api/v1/activity'),
    read('newest requests', () => '/api/v1/logs'),
    read('requests of a workspace', () => `/api/v1/logs?workspace_id=${pick()}`),
    read('requests of a key', () => `/api/v1/logs?api_key_hash=${hash}`),
    read('audit log', () => '/api/v1/audit-logs?limit=50'),
    read('budgets', () => `/api/v1/workspaces/${pick()}/budgets`),
    read('members', () => '/api/v1/organization/members'),
    read('guardrails', () => `/api/v1/guardrails?workspace_id=${pick()}`),
    read('projects', () => `/api/v1/workspaces/${pick()}/projects`),
    {
      name: 'analytics of 30 days by model',
      method: 'POST',
      path: () => '/api/v1/analytics/query',
      body: () => ({ metrics: ['total_usage', 'request_count'], dimensions: ['model'], granularity: 'day' }),
    },
    {
      name: 'create key',
      method: 'POST',
      path: () => '/api/v1/keys',
      body: () => ({ name: `made ${serial++}`, workspace_id: pick() }),
    },
    {
      name: 'update key',
      method: 'PATCH',
      path: () => `/api/v1/keys/${hash}`,
      body: () => ({ name: `named ${serial++}` }),
    },
    {
      name: 'set budget',
      method: 'PUT',
      path: () => `/api/v1/workspaces/${pick()}/budgets/monthly`,
      body: () => ({ limit_usd: 1_000 + (serial++ % 1_000) }),
    },
  ]
}

/** Open loop: each request starts when it is due, whatever is still running; latency counts from then. */
async function drive(gateway: Gateway, steps: Step[], seconds: number): Promise<Samples> {
  const samples: Samples = new Map(steps.map(({ name }) => [name, []]))
  const total = Number(values.rate) * seconds
  const begin = performance.now()
  const running: Promise<void>[] = []
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - begin) * Number(values.rate)) / 1_000))
    for (; sent < due; sent += 1) {
      const step = steps[sent % steps.length]
      if (step) running.push(ask(gateway, step, samples))
    }
    await sleep(TICK_MS)
  }
  await Promise.all(running)
  return samples
}

async function ask(gateway: Gateway, step: Step, samples: Samples): Promise<void> {
  const due = performance.now()
  const { status } = await gateway.call(step.method, step.path(), step.body ? { body: step.body() } : {})
  if (status >= 300) throw new Error(`${step.name} answered ${status}`)
  samples.get(step.name)?.push(performance.now() - due)
}

function report(store: string, samples: Samples): void {
  const rows = [...samples, ['all', [...samples.values()].flat()] as const].map(([name, list]) => ({
    operation: name,
    requests: list.length,
    'p50 ms': percentile(list, 0.5).toFixed(1),
    'p99 ms': percentile(list, 0.99).toFixed(1),
  }))
  console.log(`${store}: ${values.rate} requests/s, ${JSON.stringify(size)}`)
  console.table(rows)
}

function percentile(list: readonly number[], share: number): number {
  const sorted = list.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

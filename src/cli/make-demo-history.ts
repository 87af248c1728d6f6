import { readConfig } from '../config/config.ts'
import { fromUsd, toUsd } from '../domain/money.ts'
import { systemClock as clock } from '../platform/clock.ts'
import { loadOrganizations } from '../store/load-access-rules.ts'
import type { Store } from '../store/open-store.ts'
import { ensureGenerationPartitions } from '../store/partitions.ts'
import { postGenerations } from '../store/post-generations.ts'
import { listWorkspaceBudgetRows, upsertWorkspaceBudgetRow } from '../store/queries/budgets.ts'
import { loadSpendOf } from '../store/queries/counters.ts'
import { listKeyRows } from '../store/queries/keys.ts'
import { listProjectBudgetRows, upsertProjectBudgetRow } from '../store/queries/project-budgets.ts'
import { listProjectRows } from '../store/queries/projects.ts'
import { listWorkspaceRows, type WorkspaceRow } from '../store/queries/workspaces.ts'
import type { Db } from '../store/schema.ts'
import { type PastKey, pastGeneration } from './demo-past.ts'
import { DEMO_WORKSPACES, type DemoWorkspace } from './demo-plan.ts'
import { randomOf } from './demo-random.ts'
import { DemoRefused } from './make-demo-data.ts'
import { openStoppedStore } from './stopped-store.ts'

const BATCH = 500
const ALL = { offset: 0, limit: 1_000 }
const DAY_MS = 86_400_000
/** Keys with less are there to be seen used up by what happens now. */
const LIMIT_MIN = fromUsd(1)

export interface DemoHistoryOptions {
  env: Readonly<Record<string, string | undefined>>
  days: number
  requestCount: number
  seed: number
  onWarning: (message: string) => void
}

/** What was added. */
export interface DemoHistoryReport {
  requests: number
  workspaces: { slug: string; spent_usd: number }[]
}

interface Place {
  plan: DemoWorkspace
  workspace: WorkspaceRow
  keys: PastKey[]
}

/**
 * Adds to the workspaces of `demo-data` what their keys might have used in the days before today, to the store of an
 * installation that is stopped, and sets their budgets so that as much of them is spent as the plan says. It is posted as the
 * gateway posts what it answered: counters, roll-ups and ledger agree. Throws DemoRefused where there are none, and as
 * `openStoppedStore` does.
 */
export async function makeDemoHistory(options: DemoHistoryOptions): Promise<DemoHistoryReport> {
  const { config } = readConfig(options.env)
  const store = await openStoppedStore(config, options.onWarning)
  try {
    return await fill(store, { ...options, isPrepaid: config.billing === 'prepaid' })
  } finally {
    await store.database.close()
    await store.lock?.release()
  }
}

async function fill(
  { database: { kysely: db } }: Store,
  { days, requestCount, seed, isPrepaid }: DemoHistoryOptions & { isPrepaid: boolean },
): Promise<DemoHistoryReport> {
  const places = await findPlaces(db)
  if (places.length === 0) throw new DemoRefused('there is no workspace of demo-data; run it first')
  const now = clock.now()
  for (let ago = days; ago > 0; ago -= 1) await ensureGenerationPartitions(db, now - ago * DAY_MS, 0)
  const random = randomOf(seed)
  const keys = places.flatMap(({ plan, keys: own }) =>
    own.map((key) => ({ ...key, weight: (plan.weight * (key.weight ?? 0)) / sumOfWeights(own) })),
  )
  for (let left = requestCount; left > 0; left -= BATCH) {
    const batch = Array.from({ length: Math.min(left, BATCH) }, () => pastGeneration(keys, { now, days, random }))
    await postGenerations(db, batch, isPrepaid)
  }
  const workspaces = []
  for (const place of places) workspaces.push(await setBudgets(db, place, now))
  return { requests: requestCount, workspaces }
}

function sumOfWeights(keys: readonly PastKey[]): number {
  return keys.reduce((sum, { weight = 0 }) => sum + weight, 0)
}

async function findPlaces(db: Db): Promise<Place[]> {
  const places: Place[] = []
  for (const { id: organizationId } of await loadOrganizations(db)) {
    const { rows } = await listWorkspaceRows(db, organizationId, { ...ALL, visible: 'all' })
    for (const workspace of rows) {
      const plan = DEMO_WORKSPACES.find(({ slug }) => slug === workspace.slug)
      const keys = plan === undefined ? [] : await findKeys(db, plan, workspace)
      if (plan !== undefined && keys.length > 0) places.push({ plan, workspace, keys })
    }
  }
  return places
}

/** Those that are used, have no small limit and are there by the name of the plan. */
async function findKeys(db: Db, plan: DemoWorkspace, workspace: WorkspaceRow): Promise<PastKey[]> {
  const { id: workspaceId, organization_id: organizationId } = workspace
  const projects = (await listProjectRows(db, workspaceId, ALL)).rows
  const filter = { ...ALL, workspaceId, includeDisabled: false, includeHidden: false }
  return (await listKeyRows(db, organizationId, filter)).flatMap(({ id, name, creator_user_id, limit_nano }) => {
    const key = plan.keys.find((one) => one.name === name && one.weight !== undefined)
    if (key === undefined || (limit_nano !== null && limit_nano < LIMIT_MIN)) return []
    const projectId = projects.find(({ slug }) => slug === key.project)?.id ?? null
    return [{ ...key, keyId: id, organizationId, workspaceId, userId: creator_user_id, projectId }]
  })
}

async function setBudgets(
  db: Db,
  { plan, workspace }: Place,
  now: number,
): Promise<{ slug: string; spent_usd: number }> {
  const { id: workspaceId, organization_id: organizationId, slug } = workspace
  const { credit } = await loadSpendOf(db, { now, scopeKind: 'workspace', scopeId: workspaceId })
  const interval = 'monthly' as const
  const hasBudget = (await listWorkspaceBudgetRows(db, workspaceId)).some((budget) => budget.interval === interval)
  if (hasBudget && plan.budgetUse !== undefined) {
    const limit = Number((toUsd(credit.monthly) / plan.budgetUse).toPrecision(2))
    await upsertWorkspaceBudgetRow(db, { organizationId, workspaceId, interval, limit: fromUsd(limit), now })
    for (const project of (await listProjectRows(db, workspaceId, ALL)).rows) {
      const share = plan.projects[project.slug]?.budgetShare
      const budgets = await listProjectBudgetRows(db, project.id)
      if (share === undefined || budgets.length === 0) continue
      const own = Number((limit * share).toPrecision(2))
      await upsertProjectBudgetRow(db, project, { interval, limit: fromUsd(own), now })
    }
  }
  return { slug, spent_usd: toUsd(credit.lifetime) }
}

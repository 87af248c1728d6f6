import { type Config, readConfig } from '../config/config.ts'
import type { Control } from '../control/invoke.ts'
import { fromUsd, toUsd } from '../domain/money.ts'
import { systemClock as clock } from '../platform/clock.ts'
import { loadOrganizations } from '../store/load-access-rules.ts'
import type { Store } from '../store/open-store.ts'
import { ensureGenerationPartitions } from '../store/partitions.ts'
import { postGenerations } from '../store/post-generations.ts'
import { listWorkspaceBudgetRows } from '../store/queries/budgets.ts'
import { loadSpendOf } from '../store/queries/counters.ts'
import { hasGenerationsOf } from '../store/queries/generations.ts'
import { listKeyRows } from '../store/queries/keys.ts'
import { listProjectBudgetRows } from '../store/queries/project-budgets.ts'
import { listProjectRows } from '../store/queries/projects.ts'
import { listWorkspaceRows, type WorkspaceRow } from '../store/queries/workspaces.ts'
import type { Db } from '../store/schema.ts'
import { setDemoBudgets } from './demo-budgets.ts'
import { DEMO_REPLICA_ID, type PastKey, pastGeneration } from './demo-past.ts'
import { DEMO_WORKSPACES, type DemoProject, type DemoWorkspace } from './demo-plan.ts'
import { randomOf } from './demo-random.ts'
import { DemoRefused } from './make-demo-data.ts'
import { callAsSystem, openStoppedControl } from './stopped-control.ts'
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
 * gateway posts what it answered: counters, roll-ups and ledger agree. Throws DemoRefused where there are none or they have a
 * past, and as `openStoppedStore` does.
 */
export async function makeDemoHistory(options: DemoHistoryOptions): Promise<DemoHistoryReport> {
  const { config } = readConfig(options.env)
  const store = await openStoppedStore(config, options.onWarning)
  try {
    return await fill(store, { ...options, config })
  } finally {
    await store.database.close()
    await store.lock?.release()
  }
}

async function fill(
  store: Store,
  { days, requestCount, seed, config }: DemoHistoryOptions & { config: Config },
): Promise<DemoHistoryReport> {
  const db = store.database.kysely
  const places = await findPlaces(db)
  if (places.length === 0) throw new DemoRefused('there is no workspace of demo-data; run it first')
  if (await hasGenerationsOf(db, DEMO_REPLICA_ID))
    throw new DemoRefused('there is a past of demo-history already; it is given once')
  const control = await openStoppedControl(store, config)
  const now = clock.now()
  for (let ago = days; ago > 0; ago -= 1) await ensureGenerationPartitions(db, now - ago * DAY_MS, 0)
  const random = randomOf(seed)
  const keys = places.flatMap(({ plan, keys: own }) =>
    own.map((key) => ({ ...key, weight: (plan.weight * (key.weight ?? 0)) / sumOfWeights(own) })),
  )
  for (let left = requestCount; left > 0; left -= BATCH) {
    const batch = Array.from({ length: Math.min(left, BATCH) }, () => pastGeneration(keys, { now, days, random }))
    await postGenerations(db, batch, config.billing === 'prepaid')
  }
  const workspaces = []
  for (const place of places) workspaces.push(await setBudgets(db, place, { control, now }))
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

/** Of a workspace and of projects whose budgets are still as `demo-data` has made them: one, by the month. */
async function setBudgets(
  db: Db,
  { plan, workspace }: Place,
  { control, now }: { control: Control; now: number },
): Promise<{ slug: string; spent_usd: number }> {
  const { id, organization_id: organizationId, slug } = workspace
  const { credit } = await loadSpendOf(db, { now, scopeKind: 'workspace', scopeId: id })
  if (isMonthlyAlone(await listWorkspaceBudgetRows(db, id))) {
    const kept: Record<string, DemoProject> = {}
    for (const project of (await listProjectRows(db, id, ALL)).rows) {
      const planned = plan.projects[project.slug]
      if (planned === undefined || !isMonthlyAlone(await listProjectBudgetRows(db, project.id))) continue
      kept[project.slug] = planned
    }
    const call = callAsSystem(control, organizationId)
    await setDemoBudgets(call, { ...plan, id, projects: kept }, toUsd(credit.monthly))
  }
  return { slug, spent_usd: toUsd(credit.lifetime) }
}

function isMonthlyAlone(budgets: readonly { interval: string }[]): boolean {
  return budgets.length === 1 && budgets[0]?.interval === 'monthly'
}

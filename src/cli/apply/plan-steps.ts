import type { Operation } from '../../contract/operation.ts'
import { OPERATIONS } from '../../contract/operations.ts'
import { type Difference, differencesOf } from './compare.ts'
import type { LiveBudget } from './live-organization.ts'
import type { BudgetPlan, Fields } from './organization-file.ts'

/** What stands where in the file: `research/keys/ci`. */
export type Place = string

export interface Step {
  action: 'create' | 'update' | 'delete' | 'assign' | 'add' | 'invite'
  what: string
  place: Place
  /** What changes; of what is made, everything that was declared. */
  fields: Record<string, Difference>
  /** Why it can't be done; such a step is only told. */
  refusal?: string
  run: (world: StepWorld) => Promise<void>
}

export interface Answer {
  data?: Fields
  key?: string
}

/** What a step has to work with: the API, what the steps before it made, and where secrets go that are shown once. */
export interface StepWorld {
  /** Throws ApiError. */
  send: (operation: Operation, input: Fields) => Promise<Answer>
  /** Ids by kind and place. */
  ids: Map<string, string>
  keepSecret: (made: { workspace: string; name: string; hash: string; key: string }) => Promise<void>
}

export function idOf({ ids }: Pick<StepWorld, 'ids'>, kind: string, place: Place): string {
  const id = ids.get(`${kind} ${place}`)
  if (id === undefined) throw new Error(`there is no ${kind} ${place}`)
  return id
}

export function noteId({ ids }: Pick<StepWorld, 'ids'>, kind: string, place: Place, id: string): void {
  ids.set(`${kind} ${place}`, id)
}

/** The id, or another field, of what was made. */
export function madeOf({ data }: Answer, field = 'id'): string {
  return String(data?.[field])
}

/** The differences of something that isn't there. */
function allOf(fields: Fields): Record<string, Difference> {
  return Object.fromEntries(Object.entries(fields).map(([name, to]) => [name, { from: null, to }]))
}

export interface ThingPlan {
  what: string
  place: Place
  declared: Fields
  live: Fields | undefined
  /** Fields that can be given when a thing is made and never again. */
  fixed?: readonly string[]
  create: Step['run']
  update: (fields: Fields) => Step['run']
}

/** What makes one thing what was declared, if anything. */
export function stepsOf({ what, place, declared, live, fixed = [], create, update }: ThingPlan): Step[] {
  if (live === undefined) return [{ action: 'create', what, place, fields: allOf(declared), run: create }]
  const differences = differencesOf(declared, live)
  const refused = Object.keys(differences).filter((name) => fixed.includes(name))
  const changed = Object.keys(differences).filter((name) => !fixed.includes(name))
  const steps: Step[] = []
  if (changed.length > 0) {
    const fields = Object.fromEntries(changed.map((name) => [name, declared[name]]))
    steps.push({ action: 'update', what, place, fields: pick(differences, changed), run: update(fields) })
  }
  if (refused.length > 0) {
    const refusal = `${refused.join(', ')} can only be given when it is made`
    steps.push({ action: 'update', what, place, fields: pick(differences, refused), refusal, run: async () => {} })
  }
  return steps
}

function pick<T>(all: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)))
}

const INTERVALS = ['daily', 'weekly', 'monthly', 'lifetime'] as const
type Interval = (typeof INTERVALS)[number]

export interface BudgetPlace {
  place: Place
  isPruning: boolean
  /** Of a project, whose budgets have operations of their own. */
  project?: string
  workspace: string
}

/** Budgets must shrink with their windows at every moment: those that become lower go first, the shortest window first; then
 *  those that become higher, the longest first. */
export function budgetSteps(
  declared: BudgetPlan | undefined,
  live: readonly LiveBudget[],
  at: BudgetPlace,
): { steps: Step[]; surplus: Place[] } {
  if (declared === undefined) return { steps: [], surplus: [] }
  const present = new Map(
    live.map(({ reset_interval, limit_usd }) => [reset_interval ?? 'lifetime', limit_usd] as const),
  )
  const surplus = INTERVALS.filter((interval) => present.has(interval) && declared[interval] === undefined)
  const changed = INTERVALS.filter(
    (interval) => declared[interval] !== undefined && declared[interval] !== present.get(interval),
  )
  const isLower = (interval: Interval) => (declared[interval] ?? 0) < (present.get(interval) ?? 0)
  const steps = [
    ...(at.isPruning ? surplus.map((interval) => budgetStep('delete', interval, present.get(interval), at)) : []),
    ...[...changed.filter(isLower), ...changed.filter((interval) => !isLower(interval)).reverse()].map((interval) => ({
      ...budgetStep(present.has(interval) ? 'update' : 'create', interval, present.get(interval), {
        ...at,
        limit: declared[interval],
      }),
    })),
  ]
  return { steps, surplus: at.isPruning ? [] : surplus.map((interval) => `${at.place}/${interval}`) }
}

function budgetStep(
  action: 'create' | 'update' | 'delete',
  interval: Interval,
  from: number | undefined,
  { place, project, workspace, limit = 0 }: BudgetPlace & { limit?: number | undefined },
): Step {
  const to = action === 'delete' ? null : limit
  return {
    ...{ action, what: 'budget', place: `${place}/${interval}` },
    fields: { limit_usd: { from: from ?? null, to } },
    run: async ({ send, ids }) => {
      const at = { id: idOf({ ids }, 'workspace', workspace), interval }
      if (project === undefined && to === null) await send(OPERATIONS.deleteWorkspaceBudget, at)
      else if (project === undefined) await send(OPERATIONS.upsertWorkspaceBudget, { ...at, limit_usd: limit })
      else if (to === null) await send(OPERATIONS.deleteProjectBudget, { ...at, slug: project })
      else await send(OPERATIONS.upsertProjectBudget, { ...at, slug: project, limit_usd: limit })
    },
  }
}

/** Deletes what wasn't declared, or only tells that it is there. */
export function leaveOrDelete(
  parts: { steps: Step[]; surplus: Place[] },
  isPruning: boolean,
  thing: Pick<Step, 'what' | 'place' | 'run'>,
): void {
  if (isPruning) parts.steps.push({ action: 'delete', fields: {}, ...thing })
  else parts.surplus.push(thing.place)
}

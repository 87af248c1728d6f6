import { z } from 'zod'
import {
  DEFAULT_SLUG,
  field,
  type Imported,
  type ImportedKey,
  type ImportedWorkspace,
  instantOf,
  listIn,
  uniqueNames,
  uniqueSlugs,
} from './imported.ts'
import { modelNamesOf, providersOf } from './litellm-models.ts'

/*
 * Teams become workspaces, their budgets budgets, and virtual keys keys with the same limits and another secret. Formats:
 * LiteLLM's config.yaml, and the answers of its /team/list and /key/list?return_full_object=true.
 */

const Text = z.string().nullish()
const Amount = z.number().nullish()
const Names = z.array(z.string()).nullish()

const Team = z.looseObject({
  team_id: z.string(),
  team_alias: Text,
  max_budget: Amount,
  budget_duration: Text,
  models: Names,
  tpm_limit: Amount,
  rpm_limit: Amount,
  blocked: z.boolean().nullish(),
  members_with_roles: z.array(z.looseObject({ user_email: Text, role: Text })).nullish(),
})
type Team = z.output<typeof Team>

const Key = z.looseObject({
  token: Text,
  key_name: Text,
  key_alias: Text,
  spend: Amount,
  max_budget: Amount,
  budget_duration: Text,
  models: Names,
  team_id: Text,
  rpm_limit: Amount,
  tpm_limit: Amount,
  max_parallel_requests: Amount,
  expires: Text,
  blocked: z.boolean().nullish(),
})
type Key = z.output<typeof Key>

const Teams = z.object({ teams: z.array(Team) })
const Keys = z.object({ keys: z.array(Key) })

interface LitellmExport {
  /** Parsed already: `config.yaml`, and JSON of the two lists. */
  config?: unknown
  teams?: unknown
  keys?: unknown
}

/** What a LiteLLM proxy has, as an organization. Throws ZodError when a file isn't of its form. */
export function fromLitellm(given: LitellmExport, now: number): Imported {
  const notes: string[] = []
  const { teams } = Teams.parse({ teams: listIn(given.teams ?? [], ['teams', 'data']) })
  const { keys } = Keys.parse({ keys: listIn(given.keys ?? [], ['keys', 'data']) })
  const slugFor = uniqueSlugs()
  const loose: ImportedPlace = { workspace: { slug: DEFAULT_SLUG }, team: undefined, unique: uniqueNames() }
  const places = new Map(
    teams.map((team) => {
      const workspace = workspaceOf(team, slugFor(team.team_alias ?? team.team_id), notes)
      return [team.team_id, { workspace, team, unique: uniqueNames() }] as const
    }),
  )
  const models = modelNamesOf(given.config)
  for (const key of keys) addKey(key, places.get(key.team_id ?? '') ?? loose, { models, now, notes })
  const { providers, notes: ofModels } = providersOf(given.config)
  const workspaces = [...places.values()].map(({ workspace }) => workspace)
  return {
    workspaces: loose.workspace.keys === undefined ? workspaces : [loose.workspace, ...workspaces],
    notes: [...notes, ...ofModels],
    ...(providers.length > 0 && { providers }),
  }
}

/** Where keys go: a team, or none. */
interface ImportedPlace {
  workspace: ImportedWorkspace
  team: Team | undefined
  unique: (wanted: string) => string
}

function addKey(
  key: Key,
  { workspace, team, unique }: ImportedPlace,
  context: Pick<KeyContext, 'models' | 'now' | 'notes'>,
): void {
  const name = unique(key.key_alias || key.key_name || `key ${(key.token ?? '').slice(0, 8)}`)
  const made = keyOf(key, { ...context, name, team, place: `${workspace.slug}/${name}` })
  if (made === undefined) return
  workspace.keys ??= []
  workspace.keys.push(made)
}

function workspaceOf(team: Team, slug: string, notes: string[]): ImportedWorkspace {
  const { team_alias, team_id, max_budget, budget_duration, members_with_roles } = team
  const interval = intervalOf(budget_duration)
  const note = (message: string) => notes.push(`${slug}: ${message}`)
  if (team.blocked) note('the team was blocked; its keys come over disabled')
  if (team.tpm_limit) note('limits of tokens a minute have no counterpart')
  if (team.rpm_limit)
    note(`${team.rpm_limit} requests a minute for the team together: keys have limits of their own here`)
  if (max_budget && interval === undefined)
    note(`a budget over ${budget_duration} has no counterpart; set one by the day, week or month`)
  const members = (members_with_roles ?? []).flatMap(({ user_email, role }) =>
    user_email ? [{ email: user_email, role: role === 'admin' ? 'admin' : 'developer' }] : [],
  )
  return {
    slug,
    name: (team_alias ?? team_id).slice(0, 100),
    ...(max_budget && interval && { budgets: { [interval]: max_budget } }),
    ...(members.length > 0 && { members }),
  }
}

const INTERVALS: Readonly<Record<string, 'daily' | 'weekly' | 'monthly'>> = {
  '24h': 'daily',
  '1d': 'daily',
  '7d': 'weekly',
  '1w': 'weekly',
  '30d': 'monthly',
  '1mo': 'monthly',
}

/** Undefined for a length that isn't a day, a week or a month. */
function intervalOf(duration: string | null | undefined): 'daily' | 'weekly' | 'monthly' | 'lifetime' | undefined {
  return duration ? INTERVALS[duration] : 'lifetime'
}

interface KeyContext {
  name: string
  place: string
  team: Team | undefined
  models: ReadonlyMap<string, string>
  now: number
  notes: string[]
}

function keyOf(key: Key, { name, place, team, models, now, notes }: KeyContext): ImportedKey | undefined {
  const note = (message: string) => void notes.push(`${place}: ${message}`)
  const expires_at = instantOf(key.expires)
  if (expires_at !== undefined && Date.parse(expires_at) <= now) {
    note('has expired and is left out')
    return undefined
  }
  const interval = intervalOf(key.budget_duration)
  if (key.max_budget && interval === undefined)
    note(`a limit over ${key.budget_duration} has no counterpart: it has none now`)
  if (key.tpm_limit) note('limits of tokens a minute have no counterpart')
  const allowed = modelsFor(key.models?.length ? key.models : team?.models, models)
  return {
    name,
    ...field('limit', limitOf(key, interval)),
    ...field('limit_reset', key.max_budget && interval !== 'lifetime' ? interval : null),
    ...field('allowed_models', allowed),
    ...field('rate_limit_rpm', key.rpm_limit),
    ...field('concurrency_limit', key.max_parallel_requests),
    ...field('expires_at', expires_at),
    ...((key.blocked || team?.blocked) && { disabled: true }),
  }
}

/** Of a limit that never resets, what is left of it. */
function limitOf({ max_budget, spend }: Key, interval: string | undefined): number | null {
  if (max_budget === null || max_budget === undefined || interval === undefined) return null
  return interval === 'lifetime' ? Math.max(0, Number((max_budget - (spend ?? 0)).toFixed(9))) : max_budget
}

const EVERY_MODEL = new Set(['all-proxy-models', 'all-team-models', '*'])

/** Null for all. */
function modelsFor(names: readonly string[] | null | undefined, known: ReadonlyMap<string, string>): string[] | null {
  if (!names || names.length === 0 || names.some((name) => EVERY_MODEL.has(name))) return null
  return [...new Set(names.map((name) => known.get(name) ?? (name.includes('/') ? name : `*/${name}`)))]
}

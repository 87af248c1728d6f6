import { z } from 'zod'
import { OPERATIONS } from '../../contract/operations.ts'
import { DEFAULT_SLUG, field, type Imported, type ImportedWorkspace, instantOf, uniqueNames } from './imported.ts'

/*
 * What OpenRouter's management API tells of an organization. The same API is ours, so this also copies an organization of
 * another Switchyard. Fields that only we have come over where they are.
 */

const Text = z.string().nullish()
const OpenRouterExport = z.looseObject({
  workspaces: z.array(z.looseObject({ id: z.string(), slug: z.string(), name: z.string() })).default([]),
  /** By id of the workspace. */
  budgets: z.record(z.string(), z.array(z.looseObject({ limit_usd: z.number(), reset_interval: Text }))).default({}),
  members: z
    .record(z.string(), z.array(z.looseObject({ user_id: z.string(), role: Text, workspace_role: Text })))
    .default({}),
  people: z.array(z.looseObject({ id: z.string(), email: z.string() })).default([]),
  guardrails: z.array(z.looseObject({ id: z.string(), name: z.string(), workspace_id: Text })).default([]),
  keys: z
    .array(z.looseObject({ hash: z.string(), name: z.string(), workspace_id: Text, expires_at: Text }))
    .default([]),
  assignments: z.array(z.looseObject({ key_hash: z.string(), guardrail_id: z.string() })).default([]),
})
type OpenRouterExport = z.output<typeof OpenRouterExport>

/** What is money, or names keys by number, belongs to the installation that it is of. */
const NOT_OURS = ['id', 'io_logging_api_key_ids', 'credit_pool', 'reserved_usd']
const WORKSPACE_FIELDS = Object.keys(OPERATIONS.updateWorkspace.input.shape).filter((name) => !NOT_OURS.includes(name))
const GUARDRAIL_FIELDS = Object.keys(OPERATIONS.createGuardrail.input.shape).filter(
  (name) => name !== 'workspace_id' && name !== 'enforce_zdr',
)
const KEY_FIELDS = [
  'limit',
  'limit_reset',
  'include_byok_in_limit',
  'disabled',
  'allowed_models',
  'allowed_ips',
  'rate_limit_rpm',
  'concurrency_limit',
  'read_only',
]

/** Throws ZodError when the export isn't of its form. */
export function fromOpenRouter(given: unknown, now: number): Imported {
  const data = OpenRouterExport.parse(given)
  const notes: string[] = []
  const known = new Map(data.workspaces.map(({ id, slug }) => [id, slug]))
  const slugFor = (id: string | null | undefined) => (id && known.get(id)) || DEFAULT_SLUG
  const workspaces = new Map<string, ImportedWorkspace>()
  for (const row of data.workspaces) workspaces.set(row.slug, workspaceOf(row, data))
  const workspaceFor = (slug: string) => {
    const found = workspaces.get(slug) ?? { slug }
    workspaces.set(slug, found)
    return found
  }
  const guardrailNames = addGuardrails(data, (id) => workspaceFor(slugFor(id)))
  addKeys(data, { workspaceFor: (id) => workspaceFor(slugFor(id)), guardrailNames, now, notes })
  return { workspaces: [...workspaces.values()], notes }
}

function workspaceOf(
  row: Record<string, unknown> & { id: string; slug: string },
  data: OpenRouterExport,
): ImportedWorkspace {
  const emails = new Map(data.people.map(({ id, email }) => [id, email]))
  const members = (data.members[row.id] ?? []).flatMap(({ user_id, role, workspace_role }) => {
    const email = emails.get(user_id)
    return email === undefined ? [] : [{ email, role: workspace_role ?? (role === 'admin' ? 'admin' : 'developer') }]
  })
  const budgets = (data.budgets[row.id] ?? []).map(
    ({ limit_usd, reset_interval }) => [reset_interval ?? 'lifetime', limit_usd] as const,
  )
  return {
    slug: row.slug,
    ...given(row, WORKSPACE_FIELDS),
    ...(budgets.length > 0 && { budgets: Object.fromEntries(budgets) }),
    ...(members.length > 0 && { members }),
  }
}

/** The fields of a row that have a value. */
function given(row: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.assign({}, ...names.map((name) => field(name, row[name]))) as Record<string, unknown>
}

type WorkspaceFor = (id: string | null | undefined) => ImportedWorkspace

/** Their names by id. */
function addGuardrails(data: OpenRouterExport, workspaceFor: WorkspaceFor): Map<string, string> {
  const defaults = new Set(data.workspaces.map((row) => row['default_guardrail_id']))
  const names = new Map<string, string>()
  const uniqueIn = new Map<ImportedWorkspace, (wanted: string) => string>()
  for (const row of data.guardrails) {
    const workspace = workspaceFor(row.workspace_id)
    const unique = uniqueIn.get(workspace) ?? uniqueNames()
    uniqueIn.set(workspace, unique)
    const name = unique(row.name)
    names.set(row.id, name)
    workspace.guardrails ??= []
    workspace.guardrails.push({ ...given(row, GUARDRAIL_FIELDS), name, ...(defaults.has(row.id) && { default: true }) })
  }
  return names
}

interface KeyContext {
  workspaceFor: WorkspaceFor
  guardrailNames: ReadonlyMap<string, string>
  now: number
  notes: string[]
}

function addKeys(data: OpenRouterExport, { workspaceFor, guardrailNames, now, notes }: KeyContext): void {
  const assigned = new Map(
    data.assignments.map(({ key_hash, guardrail_id }) => [key_hash, guardrailNames.get(guardrail_id)]),
  )
  const uniqueIn = new Map<ImportedWorkspace, (wanted: string) => string>()
  for (const row of data.keys) {
    const workspace = workspaceFor(row.workspace_id)
    const unique = uniqueIn.get(workspace) ?? uniqueNames()
    uniqueIn.set(workspace, unique)
    const name = unique(row.name)
    const expires_at = instantOf(row.expires_at)
    if (expires_at !== undefined && Date.parse(expires_at) <= now) {
      notes.push(`${workspace.slug}/${name}: has expired and is left out`)
      continue
    }
    workspace.keys ??= []
    workspace.keys.push({
      name,
      ...given(row, KEY_FIELDS),
      ...field('expires_at', expires_at),
      ...field('guardrail', assigned.get(row.hash)),
    })
  }
}

import { createClient } from '../contract/client.ts'
import { OPERATIONS } from '../contract/operations.ts'
import { ask } from './api-client.ts'
import {
  DEMO_FORBIDDEN_QUESTION,
  DEMO_MODELS,
  DEMO_QUESTIONS,
  DEMO_WORKSPACES,
  type DemoKey,
  type DemoWorkspace,
} from './demo-plan.ts'

const AT_A_TIME = 6
/** How often the guardrail is met, where there is one. */
const FORBIDDEN_SHARE = 0.04
const STREAMED_SHARE = 0.3

export interface DemoOptions {
  origin: string
  key: string
  requestCount: number
  /** The same seed asks for the same things. */
  seed: number
  /** Also where there are workspaces beside the first one. */
  isAnyway: boolean
  onProgress: (line: string) => void
}

/** What was made. */
export interface DemoReport {
  workspaces: { slug: string; keys: number; spent_usd: number }[]
  invitations: number
  /** Requests by status. */
  requests: Record<string, number>
}

/** The organization isn't empty, and nothing was made. */
export class DemoRefused extends Error {}

interface MadeKey extends DemoKey {
  hash: string
  secret: string
}

interface MadeWorkspace extends DemoWorkspace {
  id: string
  keys: readonly MadeKey[]
}

type Client = ReturnType<typeof createClient>
type Random = () => number

/** Makes an organization to look at, all through the API. Throws DemoRefused, ApiError, Unreachable. */
export async function makeDemoData(options: DemoOptions): Promise<DemoReport> {
  const { origin, key, onProgress } = options
  const call = createClient({ baseUrl: origin, apiKey: key, fetch: askJson })
  const { total_count } = await call(OPERATIONS.listWorkspaces, { limit: 1 })
  if (total_count > 1 && !options.isAnyway)
    throw new DemoRefused(`the organization has ${total_count} workspaces already; --anyway adds to them`)
  const suffix = total_count > 1 ? `-${total_count}` : ''
  const made: MadeWorkspace[] = []
  for (const plan of DEMO_WORKSPACES) made.push(await makeWorkspace(call, renamed(plan, suffix)))
  onProgress(`${made.length} workspaces`)
  const invitations = await invite(call, made)
  const requests = await sendRequests(made, options)
  const workspaces = []
  for (const workspace of made) workspaces.push(await setBudget(call, workspace))
  return { workspaces, invitations, requests }
}

async function askJson(url: string, init: RequestInit) {
  const { status, body } = await ask(url, init)
  return { ok: status < 400, status, json: async () => body }
}

/** So that what is made a second time stands beside the first. */
function renamed(plan: DemoWorkspace, suffix: string): DemoWorkspace {
  const members = plan.members.map(([email, role]) => [email.replace('@', `${suffix}@`), role] as const)
  return { ...plan, slug: plan.slug + suffix, members }
}

async function makeWorkspace(call: Client, plan: DemoWorkspace): Promise<MadeWorkspace> {
  const { slug, name } = plan
  const { data } = await call(OPERATIONS.createWorkspace, { slug, name })
  for (const [project, title] of Object.entries(plan.projects))
    await call(OPERATIONS.createProject, { id: slug, slug: project, name: title })
  const keys: MadeKey[] = []
  for (const key of plan.keys) keys.push(await makeKey(call, data.id, key))
  await makeRules(call, { ...plan, id: data.id, keys })
  return { ...plan, id: data.id, keys }
}

async function makeKey(call: Client, workspace_id: string, key: DemoKey): Promise<MadeKey> {
  const { name, type = 'standard', allowedModels, limitUsd = null, limitReset = null } = key
  const made = await call(OPERATIONS.createKeys, {
    name,
    workspace_id,
    type,
    limit: limitUsd,
    limit_reset: limitReset,
    ...(allowedModels !== undefined && { allowed_models: allowedModels }),
  })
  return { ...key, hash: made.data.hash, secret: made.key }
}

async function makeRules(call: Client, { id, keys, hasGuardrail }: MadeWorkspace): Promise<void> {
  await call(OPERATIONS.createPresetsChatCompletions, {
    slug: 'brief',
    workspace_id: id,
    model: 'sim/lorem',
    temperature: 0.2,
    max_tokens: 200,
    messages: [{ role: 'system', content: 'Answer in at most three sentences.' }],
  })
  await call(OPERATIONS.createAlertRule, { name: 'Budgets', condition: { kind: 'budget' }, workspace_id: id })
  await call(OPERATIONS.createAlertRule, { name: 'Limits of keys', condition: { kind: 'key_limit' }, workspace_id: id })
  if (hasGuardrail === undefined) return
  const { data } = await call(OPERATIONS.createGuardrail, {
    name: 'Personal data',
    description: 'What customers tell stays here',
    workspace_id: id,
    content_filter_builtins: [
      { slug: 'credit-card', action: 'block' },
      { slug: 'email', action: 'redact' },
    ],
  })
  const key_hashes = keys.flatMap(({ hash, weight }) => (weight === undefined ? [] : [hash]))
  await call(OPERATIONS.bulkAssignKeysToGuardrail, { id: data.id, key_hashes })
}

async function invite(call: Client, workspaces: readonly MadeWorkspace[]): Promise<number> {
  const invitations = workspaces.flatMap(({ id, members }) =>
    members.map(([email, workspace_role]) => ({ email, workspaces: [{ workspace_id: id, workspace_role }] })),
  )
  const { data } = await call(OPERATIONS.bulkCreateInvitations, { invitations })
  return data.length
}

/** Whatever comes of each: refusals and failures are a part of what is looked at. */
async function sendRequests(
  workspaces: readonly MadeWorkspace[],
  { origin, requestCount, seed, onProgress }: DemoOptions,
): Promise<Record<string, number>> {
  const random = randomOf(seed)
  const statuses: Record<string, number> = {}
  let left = requestCount
  const sendSome = async () => {
    while (left > 0) {
      left -= 1
      if (left > 0 && left % 500 === 0) onProgress(`${left} requests to go`)
      const status = await send(origin, chooseRequest(workspaces, random))
      statuses[status] = (statuses[status] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, sendSome))
  return statuses
}

interface DemoRequest {
  headers: Record<string, string>
  body: object
}

function chooseRequest(workspaces: readonly MadeWorkspace[], random: Random): DemoRequest {
  const { keys, hasGuardrail } = choose(workspaces, random, ({ weight }) => weight)
  const { secret, app, project } = choose(keys, random, ({ weight = 0 }) => weight)
  const [model] = choose(DEMO_MODELS, random, ([, weight]) => weight)
  const question = choose(DEMO_QUESTIONS, random, () => 1)
  const content = hasGuardrail && random() < FORBIDDEN_SHARE ? DEMO_FORBIDDEN_QUESTION : question
  return {
    headers: {
      authorization: `Bearer ${secret}`,
      'content-type': 'application/json',
      ...(app !== undefined && { 'http-referer': app.url, 'x-title': app.title }),
      ...(project !== undefined && { 'x-switchyard-project': project }),
    },
    body: { model, stream: random() < STREAMED_SHARE, messages: [{ role: 'user', content }] },
  }
}

async function send(origin: string, { headers, body }: DemoRequest): Promise<number> {
  const init = { method: 'POST', headers, body: JSON.stringify(body) }
  return (await ask(`${origin}/api/v1/chat/completions`, init)).status
}

/** Sets the monthly budget so that as much of it is spent as the plan says. */
async function setBudget(call: Client, { id, slug, keys, budgetUse }: MadeWorkspace) {
  let spent = 0
  for (const { hash } of keys) spent += (await call(OPERATIONS.getKey, { hash })).data.usage
  if (budgetUse !== undefined && spent > 0) {
    const limit_usd = Number((spent / budgetUse).toPrecision(2))
    await call(OPERATIONS.upsertWorkspaceBudget, { id, interval: 'monthly', limit_usd })
  }
  return { slug, keys: keys.length, spent_usd: Number(spent.toFixed(9)) }
}

function choose<T>(list: readonly T[], random: Random, weightOf: (one: T) => number): T {
  let at = random() * list.reduce((sum, one) => sum + weightOf(one), 0)
  const chosen = list.find((one) => {
    at -= weightOf(one)
    return at < 0
  })
  const [first] = list
  if (chosen === undefined && first === undefined) throw new Error('nothing to choose from')
  return (chosen ?? first) as T
}

/** Mulberry32: the same numbers in 0…1 for the same seed. */
function randomOf(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

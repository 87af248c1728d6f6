import { createClient } from '../contract/client.ts'
import { OPERATIONS } from '../contract/operations.ts'
import { ask } from './api-client.ts'
import { setDemoBudgets } from './demo-budgets.ts'
import { DEMO_WORKSPACES, type DemoMember, type DemoWorkspace } from './demo-plan.ts'
import { type DemoSender, presentLostKeys, sendRequests } from './demo-traffic.ts'
import { type DemoClient, makeKeys, makeRules } from './make-demo-rules.ts'

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
  /** Those of the invited who have accepted. */
  members: number
  /** Requests by status. */
  requests: Record<string, number>
}

/** The organization isn't what the command is for, and nothing was made. */
export class DemoRefused extends Error {}

interface PlacedWorkspace extends DemoWorkspace {
  id: string
}

interface MadeWorkspace extends PlacedWorkspace {
  keys: readonly (DemoSender & { hash: string })[]
}

/** Makes an organization to look at, all through the API. Throws DemoRefused, ApiError, Unreachable. */
export async function makeDemoData(options: DemoOptions): Promise<DemoReport> {
  const { origin, key, onProgress } = options
  const call = createClient({ baseUrl: origin, apiKey: key, fetch: askJson })
  const { total_count } = await call(OPERATIONS.listWorkspaces, { limit: 1 })
  if (total_count > 1 && !options.isAnyway)
    throw new DemoRefused(`the organization has ${total_count} workspaces already; --anyway adds to them`)
  const suffix = total_count > 1 ? `-${total_count}` : ''
  const placed: PlacedWorkspace[] = []
  for (const plan of DEMO_WORKSPACES) placed.push(await makeWorkspace(call, renamed(plan, suffix)))
  const { invitations, userIds } = await invite(call, placed)
  onProgress(`${placed.length} workspaces, ${userIds.size} members`)
  const made: MadeWorkspace[] = []
  for (const workspace of placed) {
    const keys = await makeKeys(call, workspace, userIds)
    await makeRules(call, workspace, keys)
    made.push({ ...workspace, keys })
  }
  await presentLostKeys(made, origin)
  const requests = await sendRequests(made, options)
  const workspaces = []
  for (const workspace of made) workspaces.push(await setBudgets(call, workspace))
  return { workspaces, invitations, members: userIds.size, requests }
}

async function askJson(url: string, init: RequestInit) {
  const { status, body } = await ask(url, init)
  return { ok: status < 400, status, json: async () => body }
}

/** So that what is made a second time stands beside the first. */
function renamed(plan: DemoWorkspace, suffix: string): DemoWorkspace {
  const rename = (email: string) => email.replace('@', `${suffix}@`)
  return {
    ...plan,
    slug: plan.slug + suffix,
    members: plan.members.map((member) => ({ ...member, email: rename(member.email) })),
    keys: plan.keys.map((key) => (key.owner === undefined ? key : { ...key, owner: rename(key.owner) })),
  }
}

async function makeWorkspace(call: DemoClient, plan: DemoWorkspace): Promise<PlacedWorkspace> {
  const { slug, name } = plan
  const { data } = await call(OPERATIONS.createWorkspace, { slug, name })
  for (const [project, { name: title }] of Object.entries(plan.projects))
    await call(OPERATIONS.createProject, { id: slug, slug: project, name: title })
  return { ...plan, id: data.id }
}

/** Those with a name accept, where their links are shown: an installation that sends mail leaves that to the addressees. */
async function invite(call: DemoClient, workspaces: readonly PlacedWorkspace[]) {
  const invited = workspaces.flatMap(({ id, members }) => members.map((member) => ({ ...member, workspaceId: id })))
  const { data } = await call(OPERATIONS.bulkCreateInvitations, {
    invitations: invited.map(({ email, role, workspaceId }) => ({
      email,
      workspaces: [{ workspace_id: workspaceId, workspace_role: role }],
    })),
  })
  const userIds = new Map<string, string>()
  for (const member of invited) {
    const link = data.find(({ email }) => email === member.email)?.link ?? null
    if (link !== null && member.name !== undefined) userIds.set(member.email, await accept(call, link, member))
  }
  return { invitations: data.length, userIds }
}

async function accept(
  call: DemoClient,
  link: string,
  { name: [first_name, last_name] = ['', ''], limitUsd, workspaceId }: DemoMember & { workspaceId: string },
): Promise<string> {
  const token = new URL(link).searchParams.get('token') ?? ''
  const { user_id } = (await call(OPERATIONS.acceptInvitation, { token, first_name, last_name })).data
  if (limitUsd !== undefined) {
    const limit = { spending_limit_usd: limitUsd, limit_reset: 'monthly' as const }
    await call(OPERATIONS.updateWorkspaceMember, { id: workspaceId, user_id, ...limit })
  }
  return user_id
}

async function setBudgets(call: DemoClient, workspace: MadeWorkspace) {
  const { slug, keys } = workspace
  let spent = 0
  for (const { hash } of keys) spent += (await call(OPERATIONS.getKey, { hash })).data.usage
  await setDemoBudgets(call, workspace, spent)
  return { slug, keys: keys.length, spent_usd: Number(spent.toFixed(9)) }
}

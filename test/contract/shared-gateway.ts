/** One gateway for all contract tests: started once, set up as an administrator would, with the built-in models and people. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestProject } from 'vitest/node'
import { newUuid } from '../../src/platform/ids.ts'
import type { Database } from '../../src/store/database.ts'
import { withDatabase } from '../e2e/stored-data.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type MintedMember, type MintedOrganization, mintOrganization, SessionMint } from '../harness/sessions.ts'
import { CREDENTIAL } from './secret-values.ts'

export interface SharedGateway {
  url: string
  managementKey: string
  /** The first administrator of the organization. */
  userId: string
  organizationId: string
  defaultWorkspaceId: string
  /** An inference key in the Default workspace. */
  inferenceKey: string
  /** A workspace with a member in each role. */
  teamWorkspaceId: string
  sessions: SharedSessions
  /** Members of the organization that a test may change or remove; each file says which are its own. */
  spares: MintedMember[]
  /** Another organization on the same installation, with an administrator of its own. */
  other: MintedOrganization & { orgAdmin: MintedMember }
  /** Where tests note each secret that they met, as JSON on a line, which nothing that the gateway logs may hold. */
  secretsPath: string
}

/** People who are signed in. All but the first two were given their role in `teamWorkspaceId`. */
export interface SharedSessions {
  /** The first administrator. */
  orgAdmin: MintedMember
  /** In the organization, and in no workspace but Default. */
  orgMember: MintedMember
  admin: MintedMember
  developer: MintedMember
  viewer: MintedMember
  billingManager: MintedMember
  /** Has left the organization; the session goes on. */
  removed: MintedMember
  /** A developer whose session has expired. */
  expired: MintedMember
}

declare module 'vitest' {
  interface ProvidedContext {
    gateway: SharedGateway
  }
}

const SPARES = 20
export const OLD_MONTHS = ['2026-01-01', '2026-03-01'] as const
const SECRETS_FILE = 'secrets-of-tests'

export const ADMIN_EMAIL = 'first.admin@example.test'

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const gateway = await startGateway({ env: { SWITCHYARD_SIM: 'on', TRUSTED_PROXIES: '127.0.0.0/8' } })
  const token = await setUpToken(gateway.stdout)
  const { body } = await gateway.call('POST', '/setup', { key: null, body: { token, email: ADMIN_EMAIL } })
  const { data } = body as { data: Record<'user_id' | 'organization_id' | 'workspace_id' | 'inference_key', string> }
  const made = await gateway.call('POST', '/api/v1/workspaces', { body: { name: 'Team', slug: 'team' } })
  const teamWorkspaceId = (made.body as { data: { id: string } }).data.id
  const first = { userId: data.user_id, organizationId: data.organization_id, teamWorkspaceId }
  project.provide('gateway', {
    url: gateway.url,
    managementKey: gateway.managementKey,
    defaultWorkspaceId: data.workspace_id,
    inferenceKey: data.inference_key,
    ...first,
    ...(await mintPeople(gateway, first)),
    secretsPath: join(gateway.dataDir, SECRETS_FILE),
  })
  return async () => {
    const leaked = loggedSecrets(gateway)
    await gateway.stop()
    if (leaked.length > 0) throw new Error(`the gateway has logged secrets:\n${leaked.join('\n')}`)
  }
}

/** Lines of the gateway's output that hold a secret, but for the set-up link that it prints on purpose. */
function loggedSecrets({ dataDir, stdout, stderr }: Gateway): string[] {
  const path = join(dataDir, SECRETS_FILE)
  const noted = existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : []
  const secrets = noted.filter((line) => line !== '').map((line) => JSON.parse(line) as string)
  const isLeak = (line: string) => CREDENTIAL.test(line) || secrets.some((secret) => line.includes(secret))
  return [...stdout, ...stderr].filter((line) => !line.includes('set_up_needed') && isLeak(line))
}

async function mintPeople(
  gateway: Gateway,
  of: { userId: string; organizationId: string; teamWorkspaceId: string },
): Promise<Pick<SharedGateway, 'sessions' | 'spares' | 'other'>> {
  const { organizationId, teamWorkspaceId } = of
  return await withDatabase(gateway, async ({ kysely }) => {
    const mint = new SessionMint(kysely, readFileSync(join(gateway.dataDir, 'secret'), 'utf8').trim())
    const inTeam = (role: 'admin' | 'developer' | 'viewer' | 'billing_manager') => ({
      organizationId,
      workspaces: { [teamWorkspaceId]: role },
    })
    const cookie = await mint.session(of.userId, { organizationId })
    const sessions: SharedSessions = {
      orgAdmin: { userId: of.userId, email: ADMIN_EMAIL, cookie },
      orgMember: await mint.member('member', { organizationId }),
      admin: await mint.member('admin', inTeam('admin')),
      developer: await mint.member('developer', inTeam('developer')),
      viewer: await mint.member('viewer', inTeam('viewer')),
      billingManager: await mint.member('billing', inTeam('billing_manager')),
      removed: await mint.member('removed', { organizationId, role: null }),
      expired: await mint.member('expired', { ...inTeam('developer'), expiresAt: Date.now() - 1_000 }),
    }
    const spares: MintedMember[] = []
    for (let count = 0; count < SPARES; count += 1) spares.push(await mint.member(`spare-${count}`, { organizationId }))
    const organization = await mintOrganization(kysely, 'other')
    await insertOldUsage(kysely, [of, { organizationId: organization.organizationId, teamWorkspaceId: newUuid() }])
    const orgAdmin = await mint.member('other-admin', {
      organizationId: organization.organizationId,
      role: 'org:admin',
    })
    return { sessions, spares, other: { ...organization, orgAdmin } }
  })
}

/** Usage of months long over, of which the next start makes an invoice for each: in the first month of the team's workspace
 *  and of another one, in the second of the other one alone. */
async function insertOldUsage(
  db: Database['kysely'],
  organizations: readonly { organizationId: string; teamWorkspaceId: string }[],
): Promise<void> {
  const usage = { requests: 3n, prompt_tokens: 40n, completion_tokens: 5n }
  for (const { organizationId: organization_id, teamWorkspaceId } of organizations) {
    const rows = [
      { month: OLD_MONTHS[0], workspace_id: teamWorkspaceId, model: 'sim/lorem', usage_nano: 1_500_000_000n },
      { month: OLD_MONTHS[0], workspace_id: newUuid(), model: '=sim/other', usage_nano: 1n },
      { month: OLD_MONTHS[1], workspace_id: newUuid(), model: 'sim/other', usage_nano: 2_000_000_000n },
    ]
    await db
      .insertInto('monthly_usage')
      .values(rows.map((row) => ({ organization_id, ...row, ...usage })))
      .execute()
  }
}

/** The token of the set-up URL that the newest start printed. Throws when none comes: its line may be on its way still. */
export async function setUpToken(stdout: readonly string[]): Promise<string> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const token = stdout.flatMap((line) => /\/setup\?token=([\w-]+)/.exec(line)?.[1] ?? []).at(-1)
    if (token !== undefined) return token
    await sleep(10)
  }
  throw new Error(`no set-up URL in\n${stdout.join('\n')}`)
}

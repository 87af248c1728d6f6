import { randomBytes, randomUUID } from 'node:crypto'
import type { OrganizationRole, WorkspaceRole } from '../../src/contract/common/permissions.ts'
import { SESSION_KEY_PURPOSE, signSessionToken } from '../../src/identity/session-cookie.ts'
import { deriveKey } from '../../src/platform/derived-key.ts'
import { randomAlphanumeric } from '../../src/platform/ids.ts'
import { hashPassword } from '../../src/platform/password.ts'
import { hashSecretKey, maskSecretKey, newSecretKey } from '../../src/platform/secret-key.ts'
import { recordChanges } from '../../src/store/queries/changes.ts'
import { setPasswordHash } from '../../src/store/queries/people.ts'
import { type Db, toIso } from '../../src/store/schema.ts'

/*
 * Puts people, their memberships and their sessions into a database through the real tables, because signing in is no
 * operation of the API. The gateway must be stopped meanwhile: an embedded database is opened by one process only.
 */

const DAY_MS = 86_400_000
/** Of everybody who is minted. */
export const MINTED_PASSWORD = 'a password of people who were minted'
let hash: Promise<string> | undefined

/** A member with a session. `cookie` is the whole Cookie header of a browser that is signed in at a loopback address. */
export interface MintedMember {
  userId: string
  email: string
  cookie: string
}

export interface MintOptions {
  organizationId: string
  /** `null`: somebody who has left the organization. Default `org:member`. */
  role?: OrganizationRole | null
  workspaces?: Readonly<Record<string, WorkspaceRole>>
  /** Default: in a day. */
  expiresAt?: number
}

/** Mints with the secret of the installation, as it lies in the data directory. */
export class SessionMint {
  readonly #db: Db
  readonly #key: Buffer

  constructor(db: Db, secret: string) {
    this.#db = db
    this.#key = deriveKey(secret, SESSION_KEY_PURPOSE)
  }

  /** A new user named `name`, as `<name>@example.test`. */
  async member(name: string, options: MintOptions): Promise<MintedMember> {
    const { organizationId, role = 'org:member', workspaces = {} } = options
    const userId = `user_${randomAlphanumeric(24)}`
    const email = `${name}@example.test`
    const created_at = toIso(Date.now())
    await this.#db
      .insertInto('user_account')
      .values({ id: userId, email, first_name: name, last_name: null, email_verified: true, created_at })
      .execute()
    if (role !== null) {
      const membership = { organization_id: organizationId, user_id: userId, role, created_at }
      await this.#db.insertInto('organization_member').values(membership).execute()
    }
    for (const [workspace_id, workspace_role] of Object.entries(workspaces)) {
      const membership = { id: randomUUID(), workspace_id, user_id: userId, workspace_role, created_at }
      await this.#db.insertInto('workspace_member').values(membership).execute()
    }
    hash ??= hashPassword(MINTED_PASSWORD)
    await setPasswordHash(this.#db, userId, await hash, Date.now())
    const cookie = await this.session(userId, options)
    return { userId, email, cookie }
  }

  /** A session of an existing user, as a Cookie header. */
  async session(userId: string, { organizationId, expiresAt = Date.now() + DAY_MS }: MintOptions): Promise<string> {
    const token = randomBytes(24).toString('base64url')
    const now = toIso(Date.now())
    await this.#db
      .insertInto('session')
      .values({
        id: randomUUID(),
        token,
        user_id: userId,
        active_organization_id: organizationId,
        expires_at: toIso(expiresAt),
        created_at: now,
        updated_at: now,
      })
      .execute()
    return `switchyard.session=${signSessionToken(token, this.#key)}`
  }
}

export interface MintedOrganization {
  organizationId: string
  managementKey: string
  defaultWorkspaceId: string
  /** A workspace beside the Default one. */
  workspaceId: string
  /** An inference key in that workspace. */
  inferenceKey: string
  keyHash: string
}

/** Another organization on the same installation; there is no way to one through the API. */
export async function mintOrganization(db: Db, name: string): Promise<MintedOrganization> {
  const organizationId = `org_${randomAlphanumeric(24)}`
  const now = Date.now()
  const created_at = toIso(now)
  await db.insertInto('organization').values({ id: organizationId, name, created_at }).execute()
  await db.insertInto('organization_head').values({ organization_id: organizationId }).execute()
  const workspace = { organization_id: organizationId, created_at }
  const defaultWorkspaceId = randomUUID()
  const workspaceId = randomUUID()
  await db
    .insertInto('workspace')
    .values([
      { ...workspace, id: defaultWorkspaceId, slug: 'default', name: 'Default', is_default: true },
      { ...workspace, id: workspaceId, slug: `of-${name}`, name: `Of ${name}`, is_default: false },
    ])
    .execute()
  const managementKey = newSecretKey()
  const inferenceKey = newSecretKey()
  for (const [secret, owner] of [
    [managementKey, null],
    [inferenceKey, workspaceId],
  ] as const) {
    await db
      .insertInto('api_key')
      .values({
        hash: hashSecretKey(secret),
        organization_id: organizationId,
        workspace_id: owner,
        type: owner === null ? 'management' : 'standard',
        name: `of ${name}`,
        label: maskSecretKey(secret),
        created_at,
      })
      .execute()
  }
  await db.transaction().execute((tx) => recordChanges(tx, organizationId, [], now))
  const keyHash = hashSecretKey(inferenceKey)
  return { organizationId, managementKey, defaultWorkspaceId, workspaceId, inferenceKey, keyHash }
}

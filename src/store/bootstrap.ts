import { createHash, randomBytes } from 'node:crypto'
import { randomAlphanumeric } from '../platform/ids.ts'
import { hashSecretKey, maskSecretKey } from '../platform/secret-key.ts'
import { ensureAlertRules } from './default-alert-rules.ts'
import { openInstallation, type Secrets, StartRefused } from './installation.ts'
import { insertOrganization } from './new-organization.ts'
import { appendAudit } from './queries/audit.ts'
import { recordChanges } from './queries/changes.ts'
import { setPasswordHash } from './queries/people.ts'
import { insertFirstAdmin, needsSetUp } from './queries/set-up.ts'
import { type Db, type Tx, toIso } from './schema.ts'

const SETUP_TOKEN_TTL_MS = 24 * 3_600_000

export interface BootstrapOptions {
  /** Only a fingerprint of the secret is stored. */
  secrets: Secrets
  managementKey: string | null
  /** Nano-dollars granted when the organization is created and pays in advance. */
  initialCredits: bigint
  /** Made where there is nobody yet; without one the set-up link makes somebody. */
  firstAdmin?: { email: string; passwordHash: string } | null
  now: number
}

export interface BootstrapResult {
  organizationId: string
  /** The one-time token for the first administrator, when there is none yet; made anew at each such start. */
  setupToken: string | null
  installation: Awaited<ReturnType<typeof openInstallation>>
}

/**
 * Makes what must exist before anything is served: the installation row, the organization with its Default workspace and its
 * first alert rules, the bootstrap management key, and a set-up token while nobody has set the installation up. Idempotent, one transaction. Throws
 * StartRefused.
 */
export async function bootstrap(db: Db, options: BootstrapOptions): Promise<BootstrapResult> {
  return await db.transaction().execute(async (tx) => {
    const installation = await openInstallation(tx, options.secrets, options.now)
    const organizationId = await ensureOrganization(tx, options)
    await ensureManagementKey(tx, organizationId, options)
    await ensureAlertRules(tx, options.now)
    await ensureFirstAdmin(tx, { organizationId, auditKey: installation.auditKey }, options)
    return { organizationId, setupToken: await renewSetupToken(tx, organizationId, options.now), installation }
  })
}

async function ensureOrganization(tx: Tx, { now, initialCredits }: BootstrapOptions): Promise<string> {
  const existing = await tx.selectFrom('organization').select('id').orderBy('created_at').executeTakeFirst()
  if (existing) return existing.id
  const id = await insertOrganization(tx, { name: 'Organization', now })
  if (initialCredits > 0n) await grantInitialCredits(tx, id, { initialCredits, now })
  return id
}

async function grantInitialCredits(
  tx: Tx,
  organizationId: string,
  grant: { initialCredits: bigint; now: number },
): Promise<void> {
  await tx
    .insertInto('ledger_entry')
    .values({
      id: `initial-${organizationId}`,
      organization_id: organizationId,
      kind: 'grant',
      debit_account: `funding:${organizationId}`,
      credit_account: `organization:${organizationId}`,
      amount_nano: grant.initialCredits,
      generation_id: null,
      note: 'initial credits',
      created_at: toIso(grant.now),
    })
    .execute()
}

/** Of several processes that start at once the one whose turn is first makes them: the others find somebody. */
async function ensureFirstAdmin(
  tx: Tx,
  { auditKey, organizationId }: { auditKey: Buffer; organizationId: string },
  { firstAdmin, now }: BootstrapOptions,
): Promise<void> {
  if (!firstAdmin || !(await needsSetUp(tx))) return
  const { email, passwordHash } = firstAdmin
  const userId = `user_${randomAlphanumeric(24)}`
  await insertFirstAdmin(tx, { organizationId, userId, email, firstName: null, lastName: null, now })
  await setPasswordHash(tx, userId, passwordHash, now)
  await appendAudit(tx, auditKey, {
    ...{ organizationId, now, userId: null, workspaceId: null, ip: null, userAgent: null, requestId: null },
    ...{ actorKind: 'bootstrap', actorId: null, surface: 'system', action: 'completeSetUp' },
    ...{ resourceType: 'organization', resourceId: organizationId, before: null, after: { user_id: userId, email } },
  })
}

/** One row stands for SWITCHYARD_MANAGEMENT_KEY: it follows the variable, and is disabled while there is none. */
async function ensureManagementKey(
  tx: Tx,
  organizationId: string,
  { managementKey, now }: BootstrapOptions,
): Promise<void> {
  const existing = await tx
    .selectFrom('api_key')
    .select(['hash', 'disabled'])
    .where('is_bootstrap', '=', true)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  if (managementKey === null) {
    if (!existing || existing.disabled) return
    await tx.updateTable('api_key').set({ disabled: true }).where('hash', '=', existing.hash).execute()
    await recordChanges(tx, organizationId, [{ kind: 'key', id: existing.hash }], now)
    return
  }
  const hash = hashSecretKey(managementKey)
  if (existing?.hash === hash && !existing.disabled) return
  await requireUnusedSecret(tx, hash)
  const label = maskSecretKey(managementKey)
  if (existing) {
    await tx.updateTable('api_key').set({ disabled: false, hash, label }).where('hash', '=', existing.hash).execute()
  } else {
    await insertBootstrapKey(tx, { organizationId, hash, label, now })
  }
  const changed = existing ? [existing.hash, hash] : [hash]
  await recordChanges(
    tx,
    organizationId,
    changed.map((id) => ({ kind: 'key', id })),
    now,
  )
}

/** Throws StartRefused when the secret belongs to a key that was made otherwise, deleted ones included. */
async function requireUnusedSecret(tx: Tx, hash: string): Promise<void> {
  const other = await tx
    .selectFrom('api_key')
    .select('name')
    .where('hash', '=', hash)
    .where('is_bootstrap', '=', false)
    .executeTakeFirst()
  if (!other) return
  throw new StartRefused(`SWITCHYARD_MANAGEMENT_KEY is the secret of the key "${other.name}"; choose another one`)
}

async function insertBootstrapKey(
  tx: Tx,
  key: { organizationId: string; hash: string; label: string; now: number },
): Promise<void> {
  await tx
    .insertInto('api_key')
    .values({
      hash: key.hash,
      organization_id: key.organizationId,
      workspace_id: null,
      type: 'management',
      name: 'bootstrap',
      label: key.label,
      limit_nano: null,
      limit_reset: null,
      rate_limit_rpm: null,
      creator_user_id: null,
      external_user: null,
      is_bootstrap: true,
      created_at: toIso(key.now),
    })
    .execute()
}

async function renewSetupToken(tx: Tx, organizationId: string, now: number): Promise<string | null> {
  const admin = await tx
    .selectFrom('organization_member')
    .select('user_id')
    .where('organization_id', '=', organizationId)
    .where('role', '=', 'org:admin')
    .executeTakeFirst()
  if (admin) return null
  const token = randomBytes(24).toString('base64url')
  await tx.deleteFrom('setup_token').where('used_at', 'is', null).execute()
  await tx
    .insertInto('setup_token')
    .values({ token_hash: hashSetupToken(token), created_at: toIso(now), expires_at: toIso(now + SETUP_TOKEN_TTL_MS) })
    .execute()
  return token
}

export function hashSetupToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

import { hkdfSync, randomBytes } from 'node:crypto'
import { deriveKey } from '../platform/derived-key.ts'
import { newUuid } from '../platform/ids.ts'
import { SealBroken, seal, unseal } from '../platform/sealing.ts'
import { type Db, type InstallationTable, type Tx, toIso } from './schema.ts'
import { openDataKey, Sealer, wrapDataKey } from './sealer.ts'

const KEY_BYTES = 32
const AUDIT_KEY_PLACE = JSON.stringify(['installation', 'audit_key'])
/** The purpose of the key that wraps other keys. */
const SEALING = 'sealing'
const AUDIT = 'audit'

/** What every key of an installation is wrapped with, or derives from. */
export interface Secrets {
  current: string
  /** The one before, while it is being replaced. */
  previous: string | null
}

/** The settings don't fit what the database holds; the message says how. */
export class StartRefused extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'StartRefused'
  }
}

export function createSealer(secrets: Secrets): Sealer {
  const { current, previous } = rootKeysOf(secrets)
  return new Sealer(current, previous)
}

function rootKeysOf({ current, previous }: Secrets): { current: Buffer; previous: Buffer | null } {
  return { current: deriveKey(current, SEALING), previous: previous === null ? null : deriveKey(previous, SEALING) }
}

/**
 * Makes the row of the installation at the first start; later checks that the secret belongs to it, and after a change of the
 * secret wraps every key anew. Returns the key of the audit log's chain, and how many data keys were wrapped anew. Throws
 * StartRefused, and then nothing has changed.
 */
export async function openInstallation(
  tx: Tx,
  secrets: Secrets,
  now: number,
): Promise<{ auditKey: Buffer; isRotated: boolean; rewrapped: number }> {
  const row = await tx.selectFrom('installation').selectAll().forUpdate().executeTakeFirst()
  if (row === undefined) return { auditKey: await insertInstallation(tx, secrets, now), isRotated: false, rewrapped: 0 }
  const owner = requireOwner(row, secrets)
  const auditKey = openAuditKey(row, owner)
  const isRotated = owner !== secrets.current
  if (isRotated || row.audit_key === null) {
    await tx
      .updateTable('installation')
      .set({ secret_fingerprint: fingerprintOf(secrets.current), audit_key: wrapAuditKey(auditKey, secrets.current) })
      .execute()
  }
  return { auditKey, isRotated, rewrapped: await rewrapDataKeys(tx, secrets, now) }
}

/** The key of the audit log's chain, of an installation that stays as it is. Throws StartRefused. */
export async function readAuditKey(db: Db, secrets: Secrets): Promise<Buffer> {
  const row = await db.selectFrom('installation').selectAll().executeTakeFirst()
  if (row === undefined) throw new StartRefused('this database belongs to no installation yet')
  return openAuditKey(row, requireOwner(row, secrets))
}

/** What tells this installation from others. */
export async function readInstallationId(db: Db): Promise<string> {
  return (await db.selectFrom('installation').select('id').executeTakeFirstOrThrow()).id
}

async function insertInstallation(tx: Tx, { current }: Secrets, now: number): Promise<Buffer> {
  const auditKey = randomBytes(KEY_BYTES)
  await tx
    .insertInto('installation')
    .values({
      id: newUuid(),
      secret_fingerprint: fingerprintOf(current),
      audit_key: wrapAuditKey(auditKey, current),
      created_at: toIso(now),
    })
    .execute()
  return auditKey
}

type InstallationRow = Pick<InstallationTable, 'secret_fingerprint' | 'audit_key'>

/** The secret that the installation has now. */
function requireOwner(row: InstallationRow, { current, previous }: Secrets): string {
  const owner = [current, previous].find(
    (secret) => secret !== null && fingerprintOf(secret) === row.secret_fingerprint,
  )
  if (owner) return owner
  throw new StartRefused(
    previous === null
      ? 'SWITCHYARD_SECRET is not the one that this database was created with. To change it on purpose, give the old one as ' +
          'SWITCHYARD_SECRET_PREVIOUS.'
      : 'neither SWITCHYARD_SECRET nor SWITCHYARD_SECRET_PREVIOUS is the secret of this database',
  )
}

function openAuditKey(row: InstallationRow, secret: string): Buffer {
  if (row.audit_key === null) return deriveKey(secret, AUDIT)
  try {
    return unseal(deriveKey(secret, SEALING), AUDIT_KEY_PLACE, row.audit_key)
  } catch (error) {
    if (!(error instanceof SealBroken)) throw error
    throw new StartRefused('the key of the audit log (installation.audit_key) is damaged: restore it from a backup')
  }
}

function wrapAuditKey(auditKey: Buffer, secret: string): string {
  return seal(deriveKey(secret, SEALING), AUDIT_KEY_PLACE, auditKey)
}

/** At each start, because a process that knew only the secret before may have made keys meanwhile. */
async function rewrapDataKeys(tx: Tx, secrets: Secrets, now: number): Promise<number> {
  const { current, previous } = rootKeysOf(secrets)
  const rows = await tx.selectFrom('sealing_key').selectAll().forUpdate().execute()
  let rewrapped = 0
  for (const row of rows) {
    const { organization_id, wrapped_key, previous_wrapped_key } = row
    const update = tx.updateTable('sealing_key').where('organization_id', '=', organization_id)
    if (openDataKey({ ...row, previous_wrapped_key: null }, [current]) !== undefined) {
      if (previous === null && previous_wrapped_key !== null) await update.set({ previous_wrapped_key: null }).execute()
      continue
    }
    const key = openDataKey(row, previous === null ? [current] : [current, previous])
    if (key === undefined) throw new StartRefused(sealedOtherwise(organization_id))
    const wrapped = wrapDataKey(current, organization_id, key)
    await update.set({ wrapped_key: wrapped, previous_wrapped_key: wrapped_key, rewrapped_at: toIso(now) }).execute()
    rewrapped += 1
  }
  return rewrapped
}

function sealedOtherwise(organizationId: string): string {
  return (
    `the secrets of organization ${organizationId} are sealed with another secret than SWITCHYARD_SECRET. If that was ` +
    'changed, start with the one before as SWITCHYARD_SECRET_PREVIOUS.'
  )
}

function fingerprintOf(secret: string): string {
  return Buffer.from(hkdfSync('sha256', secret, '', 'switchyard fingerprint', 16)).toString('hex')
}

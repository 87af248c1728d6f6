import type { Selectable } from 'kysely'
import type { IoLogging } from '../domain/io-logging.ts'
import { mayInfer, permissionsOfKey } from '../domain/key-types.ts'
import { readPluginDefaults } from '../domain/plugins.ts'
import type { WorkspaceRates } from '../domain/rate-limits.ts'
import { toSort } from '../domain/routing/preferences.ts'
import type {
  BroadcastSnapshot,
  KeySnapshot,
  OrganizationSnapshot,
  WorkspaceSnapshot,
} from '../gateway/snapshot/snapshot.ts'
import { listBarredOwners, loadOrganizations, toIpRangeSet } from './load-access-rules.ts'
import { loadBroadcasts } from './load-broadcasts.ts'
import { loadRates } from './queries/rates.ts'
import { type ApiKeyTable, type Db, toIso, type WorkspaceTable } from './schema.ts'

/** Living keys, newest first, at most `keysMax`. */
export async function loadKeys(db: Db, nowMs: number, keysMax: number): Promise<KeySnapshot[]> {
  const rows = await livingKeys(db).orderBy('id', 'desc').limit(keysMax).execute()
  const retired = await loadRetired(db, nowMs)
  return rows.map((row) => toKeySnapshot(row, retired.get(row.id)))
}

/** One living key by the hash of its secret, or of one it had before that is good yet. */
export async function findKey(db: Db, hash: string, nowMs: number): Promise<KeySnapshot | undefined> {
  const row = await findRow(db, hash, nowMs)
  if (!row) return undefined
  const retired = await loadRetired(db, nowMs, row.id)
  return toKeySnapshot(row, retired.get(row.id))
}

type KeyRow = Selectable<ApiKeyTable> & { guardrail_id: string | null }

function livingKeys(db: Db) {
  return db
    .selectFrom('api_key')
    .selectAll('api_key')
    .select((where) =>
      where
        .selectFrom('guardrail_key_assignment as assignment')
        .select('assignment.guardrail_id')
        .whereRef('assignment.key_id', '=', 'api_key.id')
        .as('guardrail_id'),
    )
    .where('deleted_at', 'is', null)
}

async function findRow(db: Db, hash: string, nowMs: number): Promise<KeyRow | undefined> {
  const living = livingKeys(db)
  const row = await living.where('hash', '=', hash).executeTakeFirst()
  if (row) return row
  const retired = db
    .selectFrom('retired_secret')
    .select('key_id')
    .where('hash', '=', hash)
    .where('valid_until', '>', toIso(nowMs) as never)
  return await living.where('id', 'in', retired).executeTakeFirst()
}

/** The earlier secrets that are good yet, of one key or of all. */
async function loadRetired(db: Db, nowMs: number, keyId?: bigint): Promise<Map<bigint, Retired>> {
  let query = db
    .selectFrom('retired_secret')
    .select(['key_id', 'hash', 'valid_until', 'delivery_id'])
    .where('valid_until', '>', toIso(nowMs) as never)
  if (keyId !== undefined) query = query.where('key_id', '=', keyId)
  const byKey = new Map<bigint, Retired>()
  for (const { delivery_id, hash, key_id, valid_until } of await query.execute()) {
    const { endsOverlapOnUse, retired } = byKey.get(key_id) ?? NONE
    byKey.set(key_id, {
      retired: [...retired, { hash, validUntil: valid_until }],
      endsOverlapOnUse: endsOverlapOnUse || delivery_id !== null,
    })
  }
  return byKey
}

/** Living workspaces: of one organization, or all. */
export async function loadWorkspaces(db: Db, organizationId?: string): Promise<WorkspaceSnapshot[]> {
  let query = db.selectFrom('workspace').select(WORKSPACE_COLUMNS).where('deleted_at', 'is', null)
  if (organizationId !== undefined) query = query.where('organization_id', '=', organizationId)
  const of = organizationId === undefined ? {} : { organizationId }
  const rates = await loadRates(db, of)
  const barred = await listBarredOwners(db, of)
  const broadcasts = await loadBroadcasts(db, of)
  return (await query.execute()).map((row) => {
    const { id } = row
    return toWorkspaceSnapshot(row, { rates: rates.get(id), barred: barred.get(id), broadcast: broadcasts.get(id) })
  })
}

/** An organization with its workspaces. */
export async function findOrganizationParts(
  db: Db,
  id: string,
): Promise<{ organization: OrganizationSnapshot; workspaces: WorkspaceSnapshot[] } | undefined> {
  const [organization] = await loadOrganizations(db, id)
  return organization && { organization, workspaces: await loadWorkspaces(db, id) }
}

export async function findWorkspace(db: Db, id: string): Promise<WorkspaceSnapshot | undefined> {
  const row = await db
    .selectFrom('workspace')
    .select(WORKSPACE_COLUMNS)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const rates = await loadRates(db, { workspaceId: id })
  const barred = await listBarredOwners(db, { workspaceId: id })
  const broadcasts = await loadBroadcasts(db, { workspaceId: id })
  return toWorkspaceSnapshot(row, { rates: rates.get(id), barred: barred.get(id), broadcast: broadcasts.get(id) })
}

const WORKSPACE_COLUMNS = [
  'id',
  'organization_id',
  'default_text_model',
  'default_image_model',
  'default_provider_sort',
  'is_observability_io_logging_enabled',
  'io_logging_api_key_ids',
  'io_logging_sampling_rate',
  'is_io_logging_redacted',
  'allowed_ips',
  'allowed_origins',
  'plugin_defaults',
] as const
type WorkspaceColumns = Pick<Selectable<WorkspaceTable>, (typeof WORKSPACE_COLUMNS)[number]>

/** What is found apart from the row; undefined where there is nothing. */
interface WorkspaceParts {
  rates: WorkspaceRates | undefined
  barred: ReadonlySet<string> | undefined
  broadcast: BroadcastSnapshot | undefined
}

function toWorkspaceSnapshot(row: WorkspaceColumns, { rates, barred, broadcast }: WorkspaceParts): WorkspaceSnapshot {
  return {
    id: row.id,
    organizationId: row.organization_id,
    defaultTextModel: row.default_text_model,
    defaultImageModel: row.default_image_model,
    defaultProviderSort: toSort(row.default_provider_sort),
    ioLogging: row.is_observability_io_logging_enabled ? toIoLogging(row) : null,
    pluginDefaults: readPluginDefaults(row.plugin_defaults),
    broadcast: broadcast ?? null,
    rates: rates ?? null,
    allowedIps: toIpRangeSet(row.allowed_ips),
    barredOwners: barred ?? null,
    allowedOrigins: row.allowed_origins === null ? null : new Set(row.allowed_origins),
  }
}

function toIoLogging(row: WorkspaceColumns): IoLogging {
  const {
    io_logging_api_key_ids: ids,
    io_logging_sampling_rate: samplingRate,
    is_io_logging_redacted: isRedacted,
  } = row
  return { keyIds: ids === null ? null : new Set(ids), samplingRate, isRedacted }
}

type Retired = Pick<KeySnapshot, 'retired' | 'endsOverlapOnUse'>

const NONE: Retired = { retired: [], endsOverlapOnUse: false }

function toKeySnapshot(row: KeyRow, { endsOverlapOnUse, retired }: Retired = NONE): KeySnapshot {
  const permissions = permissionsOfKey({ ...row, isReadOnly: row.read_only })
  return {
    id: row.id,
    hash: row.hash,
    organizationId: row.organization_id,
    workspaceId: row.workspace_id,
    type: row.type,
    permissions,
    allowedIps: toIpRangeSet(row.allowed_ips),
    allowedModels: row.allowed_models,
    mayInfer: mayInfer(row.type, permissions),
    disabled: row.disabled,
    rateLimitRpm: row.rate_limit_rpm,
    concurrencyLimit: row.concurrency_limit,
    expiresAt: row.expires_at,
    limit: row.limit_nano,
    limitInterval: row.limit_reset ?? 'lifetime',
    includesByok: row.include_byok_in_limit,
    projectId: row.project_id,
    creatorUserId: row.creator_user_id,
    retired,
    endsOverlapOnUse,
    guardrailId: row.guardrail_id,
  }
}

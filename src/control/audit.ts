import { TOKEN_PRICE_KEYS } from '../contract/common/price-text.ts'
import type { Actor, CallOrigin } from '../domain/actor.ts'
import { type AuditRecord, appendAudit } from '../store/queries/audit.ts'
import type { AuditPlace } from '../store/queries/changes.ts'
import type { Tx } from '../store/schema.ts'
import type { AuditEntry } from './context.ts'

const SECRET_NAME = /secret|password|token|api_key|^key$|authorization|private_key|credential/i
/** Credentials of ours, wherever in a text somebody has put one. */
const SECRET_TEXT = /\b(?:sk-or-v1|scim-v1)-[0-9a-f]{64}\b/g
const MASK = '[redacted]'
/** Prices, whose names tell of another kind of token. */
const PRICE_NAMES: ReadonlySet<string> = new Set(TOKEN_PRICE_KEYS)
const RESOURCE_ID_LENGTH_MAX = 1_500

/** Writes what a call did into the audit log of its organization; `places` are where logs stand, as far as known. */
export async function writeAudit(
  tx: Tx,
  { key, bootstrapKeyHash }: { key: Buffer; bootstrapKeyHash: string | null },
  call: {
    action: string
    actor: Actor
    origin: CallOrigin
    entry: AuditEntry
    now: number
    places?: ReadonlyMap<string, AuditPlace>
  },
): Promise<void> {
  const { actor, entry, origin } = call
  const organizationId = entry.organizationId ?? (actor.kind === 'anonymous' ? undefined : actor.organizationId)
  if (organizationId === undefined) throw new Error(`${call.action}: an audit entry belongs to an organization`)
  const record: AuditRecord = {
    organizationId,
    now: call.now,
    ...describeActor(actor, { bootstrapKeyHash, userId: entry.userId }),
    ...origin,
    action: call.action,
    resourceType: entry.resource,
    resourceId: shortened(entry.id),
    workspaceId: entry.workspaceId,
    before: maskSecrets(entry.before),
    after: maskSecrets(entry.after),
  }
  await appendAudit(tx, key, record, call.places?.get(organizationId))
}

/** Bulk calls name more ids than an index takes; what is left out here stands in before and after. */
function shortened(ids: string): string {
  if (ids.length <= RESOURCE_ID_LENGTH_MAX) return ids
  const kept = ids.slice(0, RESOURCE_ID_LENGTH_MAX).replace(/,[^,]*$/, '')
  return `${kept},+${ids.split(',').length - kept.split(',').length}`
}

function describeActor(
  actor: Actor,
  { bootstrapKeyHash, userId }: { bootstrapKeyHash: string | null; userId: string | undefined },
): Pick<AuditRecord, 'actorKind' | 'actorId' | 'userId'> {
  switch (actor.kind) {
    case 'anonymous':
      return { actorKind: 'system', actorId: null, userId: userId ?? null }
    case 'system':
      return { actorKind: 'system', actorId: null, userId: null }
    case 'session':
      return { actorKind: 'session', actorId: actor.sessionId, userId: actor.userId }
    case 'scim':
      return { actorKind: 'scim', actorId: null, userId: null }
    default:
      return {
        actorKind: actor.keyHash === bootstrapKeyHash ? 'bootstrap' : actor.kind,
        actorId: actor.keyHash,
        userId: actor.userId,
      }
  }
}

/** A copy in which every text under a name like a secret's is masked, and every credential of ours under any name. */
export function maskSecrets(value: unknown, name = ''): unknown {
  if (typeof value === 'string') return isSecretName(name) ? MASK : value.replace(SECRET_TEXT, MASK)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => maskSecrets(item, name))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskSecrets(item, key)]))
}

function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !PRICE_NAMES.has(name)
}

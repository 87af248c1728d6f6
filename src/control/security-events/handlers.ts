import {
  SECURITY_EVENT_KINDS,
  type SECURITY_EVENT_OPERATIONS,
  type SecurityEventWire,
} from '../../contract/management/security-events.ts'
import type { HandlerOf, HandlersFor } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { findKeyNames } from '../../store/queries/names.ts'
import {
  listSecurityEventRows,
  type SecurityEventPlace,
  type SecurityEventRow,
} from '../../store/queries/security-events.ts'
import { toIso } from '../../store/schema.ts'
import { visibleIn } from '../access.ts'
import { findUsageScope } from '../activity/usage-scope.ts'
import { type ControlContext, type MemoryContext, organizationOf } from '../context.ts'
import { readPeriod } from '../period.ts'

type Operations = typeof SECURITY_EVENT_OPERATIONS

const LIMIT_DEFAULT = 50
/** Minute, key, kind, network. */
const PLACE = /^(\d{1,15}) (\d{1,19}) (\w{1,50}) (\S{0,60})$/

const handleListSecurityEvents: HandlerOf<Operations['listSecurityEvents'], ControlContext> = async (
  input,
  context,
) => {
  const limit = input.limit ?? LIMIT_DEFAULT
  const rows = await listSecurityEventRows(context.tx, {
    organizationId: organizationOf(context),
    visible: visibleIn(context.access, 'audit:read'),
    ...(await findUsageScope(context, 'audit:read', input)),
    kind: input.kind,
    ...readPeriod(input),
    after: input.cursor === undefined ? undefined : fromCursor(input.cursor),
    limit: limit + 1,
  })
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  const keyIds = [...new Set(page.map(({ key_id }) => key_id))]
  const keys = await findKeyNames(context.tx, organizationOf(context), keyIds)
  return {
    data: page.map((row) => toWire(row, keys.get(row.key_id))),
    next_cursor: last === undefined ? null : toCursor(last),
  }
}

export const SECURITY_EVENT_HANDLERS: HandlersFor<Operations, ControlContext, MemoryContext> = {
  listSecurityEvents: handleListSecurityEvents,
}

function toWire(row: SecurityEventRow, key: { hash: string; name: string } | undefined): SecurityEventWire {
  return {
    kind: row.kind,
    minute: toIso(row.minute),
    count: Number(row.count),
    workspace_id: row.workspace_id,
    api_key_id: Number(row.key_id),
    api_key_hash: key?.hash ?? null,
    api_key_name: key?.name ?? null,
    network: row.network === '' ? null : row.network,
    ip: row.ip,
    origin: row.origin,
  }
}

function toCursor({ key_id, kind, minute, network }: SecurityEventPlace): string {
  return Buffer.from(`${minute} ${key_id} ${kind} ${network}`).toString('base64url')
}

/** Throws `invalid_request` for what is no cursor of ours. */
function fromCursor(cursor: string): SecurityEventPlace {
  const [, minute, keyId, name, network] = PLACE.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? []
  const kind = SECURITY_EVENT_KINDS.find((known) => known === name)
  if (keyId === undefined || network === undefined || kind === undefined || !(Number(minute) <= 8.64e15))
    throw new AppError('invalid_request', 'cursor: is not one that this list gave')
  return { minute: Number(minute), key_id: BigInt(keyId), kind, network }
}

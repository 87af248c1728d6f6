import type { AuditLogWire } from '../../src/contract/management/audit.ts'
import type { Operation } from '../../src/contract/operation.ts'
import { hashSecretKey } from '../../src/platform/secret-key.ts'
import { CREDENTIAL } from './secret-values.ts'

/** One call of an operation over the wire, and what came of it. */
export interface RecordedCall {
  operation: Operation
  requestId: string
  surface: 'api' | 'mcp'
  isDone: boolean
  /** The bearer secret that it was made with. */
  bearer: string | undefined
}

/**
 * What is wrong between calls and the audit log: one that changed something and has not exactly one row which tells who did
 * what to which thing; one that was refused, or only read, and has a row; a row with a secret in it. `rows` may hold rows of
 * other calls.
 */
export function auditFaults(
  calls: readonly RecordedCall[],
  rows: readonly AuditLogWire[],
  secrets: ReadonlySet<string>,
): string[] {
  const byRequest = Map.groupBy(rows, ({ request_id }) => request_id)
  return [
    ...calls.flatMap((call) => callFaults(call, byRequest.get(call.requestId) ?? [])),
    ...rows.flatMap((row) => secretFaults(row, secrets)),
  ]
}

function callFaults(call: RecordedCall, rows: readonly AuditLogWire[]): string[] {
  const { operation, isDone, requestId } = call
  const name = `${operation.id} ${isDone ? 'done' : 'not done'} (${call.surface}, ${requestId})`
  const wanted = isDone && (operation.effect !== 'read' || operation.isAuditedRead === true) ? 1 : 0
  if (rows.length === 0 && operation.mayDoNothing === true) return []
  if (rows.length !== wanted) return [`${name}: ${rows.length} audit rows, not ${wanted}`]
  return rows.flatMap((row) => rowFaults(call, row).map((fault) => `${name}: ${fault}`))
}

function rowFaults({ operation, surface, bearer }: RecordedCall, row: AuditLogWire): string[] {
  const isPublic = operation.permission === 'public'
  const actor = isPublic ? { kind: ['system'], id: null } : actorOf(bearer)
  return [
    ...(row.action === operation.id ? [] : [`the row tells of ${row.action}`]),
    ...(row.surface === surface ? [] : [`the row says it came through ${row.surface}`]),
    ...(actor.kind.includes(row.actor_kind) ? [] : [`the row names a ${row.actor_kind} as the actor`]),
    ...(actor.id === undefined || actor.id === row.actor_id ? [] : [`the row names ${row.actor_id} as the actor`]),
    ...(row.resource_type !== '' && row.resource_id !== '' ? [] : ['the row names no resource']),
    ...(row.ip !== null && row.created_at !== '' ? [] : ['the row says not from where or when']),
  ]
}

/** Which actors a row may name; the id is undefined where the call doesn't tell it. */
function actorOf(bearer: string | undefined): { kind: string[]; id: string | null | undefined } {
  if (bearer === undefined) return { kind: ['session'], id: undefined }
  if (bearer.startsWith('scim-')) return { kind: ['scim'], id: null }
  return { kind: ['management_key', 'bootstrap', 'key'], id: hashSecretKey(bearer) }
}

function secretFaults(row: AuditLogWire, secrets: ReadonlySet<string>): string[] {
  const name = `row ${row.sequence} (${row.action})`
  const text = JSON.stringify(row)
  if (CREDENTIAL.test(text)) return [`${name} holds a credential`]
  return [...secrets].filter((secret) => text.includes(secret)).map((secret) => `${name} holds the secret ${secret}`)
}

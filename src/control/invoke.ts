import type { z } from 'zod'
import { MISSING_KEY_MESSAGE } from '../contract/common/errors.ts'
import type { Operation } from '../contract/operation.ts'
import type { Handlers, OperationName } from '../contract/operations.ts'
import { OPERATIONS } from '../contract/operations.ts'
import type { Actor } from '../domain/actor.ts'
import { AppError } from '../domain/app-error.ts'
import type { Catalogue } from '../domain/catalogue.ts'
import type { Clock } from '../platform/clock.ts'
import { isDatabaseUnavailable } from '../store/database-unavailable.ts'
import { type ChangeKind, lockOrganization, recordChanges } from '../store/queries/changes.ts'
import type { Db } from '../store/schema.ts'
import type { ControlContext, MemoryContext } from './context.ts'

const DATABASE_RETRY_SECONDS = 5
const ISSUES_MAX = 10

export interface ControlParts {
  db: Db
  clock: Clock
  handlers: Handlers<ControlContext, MemoryContext>
  catalogue: () => Catalogue
  /** Resolves when this process itself acts on what has just been committed. */
  onCommitted: () => Promise<void>
  /** Resolves when what was charged so far can be read, or after a second. */
  waitForFlush: () => Promise<void>
}

export type Invoke = (name: OperationName, actor: Actor, input: unknown) => Promise<unknown>

/**
 * The one door to every management action, whatever surface it came through: coarse permission 403 → parse 400 → one
 * transaction in which the handler loads (404), checks scope and acts, and in which its changes are published → commit.
 * Writes of one organization happen one after the other, so that what a handler has read stays true until it commits.
 * The answer leaves when this process has taken the change over. Nothing else opens transactions. What is read from memory
 * needs none.
 */
export function createInvoke(parts: ControlParts): Invoke {
  return async (name, actor, input) => {
    const operation: Operation = OPERATIONS[name]
    authorize(name, actor)
    const { parsed, warnings } = parseInput(operation, input)
    if (name === 'getGeneration') return await invokeAfterFlush(parts, { name, actor, parsed })
    const output = await run(parts, { name, actor, parsed })
    return warnings.length > 0 ? { ...(output as object), warnings } : output
  }
}

type Handler<Context> = (input: unknown, context: Context) => Promise<unknown>

interface Call {
  name: OperationName
  actor: Actor
  parsed: unknown
}

async function run(parts: ControlParts, call: Call): Promise<unknown> {
  const operation: Operation = OPERATIONS[call.name]
  if (operation.reads === 'memory') {
    const handler = parts.handlers[call.name] as Handler<MemoryContext>
    return await handler(call.parsed, { actor: call.actor, now: parts.clock.now(), catalogue: parts.catalogue() })
  }
  try {
    return await runInTransaction(parts, call)
  } catch (error) {
    if (!isDatabaseUnavailable(error)) throw error
    throw new AppError(
      'unavailable',
      'The database cannot be reached at the moment',
      {},
      {
        cause: error,
        retryAfterSeconds: DATABASE_RETRY_SECONDS,
      },
    )
  }
}

async function runInTransaction(parts: ControlParts, call: Call): Promise<unknown> {
  const operation: Operation = OPERATIONS[call.name]
  const changes = new Map<string, { kind: ChangeKind; id: string }[]>()
  const now = parts.clock.now()
  const isRead = operation.effect === 'read'
  const output = await parts.db
    .transaction()
    .setIsolationLevel(isRead ? 'repeatable read' : 'read committed')
    .setAccessMode(isRead ? 'read only' : 'read write')
    .execute(async (tx) => {
      const context: ControlContext = {
        tx,
        actor: call.actor,
        now,
        catalogue: parts.catalogue(),
        changed: (kind, id, organizationId) => {
          const owner = organizationId ?? (call.actor.kind === 'anonymous' ? undefined : call.actor.organizationId)
          if (owner === undefined) throw new Error('a change belongs to an organization')
          changes.set(owner, [...(changes.get(owner) ?? []), { kind, id }])
        },
      }
      const handler = parts.handlers[call.name] as Handler<ControlContext>
      if (!isRead && call.actor.kind !== 'anonymous') await lockOrganization(tx, call.actor.organizationId)
      const result = await handler(call.parsed, context)
      // The audit row of this call belongs here: after what it tells of, before the version that publishes it.
      for (const [organizationId, list] of changes) await recordChanges(tx, organizationId, list, now)
      return result
    })
  if (changes.size > 0) await parts.onCommitted()
  return output
}

/** A generation may be asked for the moment its answer has ended, before its batch is in the database. */
async function invokeAfterFlush(parts: ControlParts, call: Call): Promise<unknown> {
  try {
    return await run(parts, call)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'not_found') throw error
    await parts.waitForFlush()
    return await run(parts, call)
  }
}

/** The coarse check, which needs nothing of the request but its key: management keys may do everything but infer; inference
 *  keys only what any key may; nobody else but the public. Throws 401 and 403. */
export function authorize(name: OperationName, actor: Actor): void {
  const operation: Operation = OPERATIONS[name]
  if (operation.permission === 'public') return
  if (actor.kind === 'anonymous') throw new AppError('unauthorized', MISSING_KEY_MESSAGE)
  if (operation.permission === 'any-key' || actor.kind === 'management_key') return
  throw new AppError('forbidden', 'Only management keys can perform this operation', {
    permission: operation.permission,
  })
}

function parseInput(operation: Operation, input: unknown): { parsed: unknown; warnings: string[] } {
  const ignored = operation.ignoredFields ?? []
  const fields = { ...(input as Record<string, unknown>) }
  const warnings: string[] = []
  for (const name of ignored) {
    if (!(name in fields)) continue
    delete fields[name]
    warnings.push(`${name} is not implemented and was ignored`)
  }
  const result = operation.input.safeParse(fields)
  const nul = result.success ? pathOfNul(fields) : undefined
  if (nul !== undefined) throw new AppError('invalid_request', `${nul}: must not contain the character U+0000`)
  if (!result.success) throw new AppError('invalid_request', toMessage(result.error))
  return { parsed: result.data, warnings }
}

/** Where a text contains NUL, which the database can't store. The input has passed its schema, so its depth is bounded. */
function pathOfNul(value: unknown, path: readonly string[] = []): string | undefined {
  if (typeof value === 'string') return value.includes('\0') ? path.join('.') : undefined
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, item] of Object.entries(value)) {
    const found = pathOfNul(item, [...path, key])
    if (found !== undefined) return found
  }
  return undefined
}

/** All that is wrong, each with the path to it, so that a caller can mend everything at once. */
function toMessage(error: z.ZodError): string {
  const issues = error.issues.slice(0, ISSUES_MAX).map(({ path, message }) => {
    const where = path.map(String).join('.')
    return where === '' ? message : `${where}: ${message}`
  })
  return issues.join('; ') || 'Invalid request parameters'
}

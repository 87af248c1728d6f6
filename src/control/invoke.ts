import { MISSING_KEY_MESSAGE, UNKNOWN_KEY_MESSAGE } from '../contract/common/errors.ts'
import type { RoleCaps } from '../contract/common/permissions.ts'
import type { InputOf, Operation } from '../contract/operation.ts'
import type { Handlers, OperationName } from '../contract/operations.ts'
import { type OPERATIONS, operationOf } from '../contract/operations.ts'
import { type Access, hasAnywhere, ORGANIZATION_ACCESS, workspacesWith } from '../domain/access.ts'
import type { Actor, CallOrigin } from '../domain/actor.ts'
import { AppError } from '../domain/app-error.ts'
import type { Catalogue } from '../domain/catalogue.ts'
import type { Standpoint } from '../domain/catalogue-views.ts'
import type { CheckRequest, FilterTexts } from '../domain/content-filters.ts'
import type { Clock } from '../platform/clock.ts'
import type { AuditHead, ReadPage } from '../store/audit-chain.ts'
import { isDatabaseUnavailable } from '../store/database-unavailable.ts'
import { isKeyGood } from '../store/queries/access.ts'
import { type AuditPlace, type ChangeKind, lockOrganization, recordChanges } from '../store/queries/changes.ts'
import { insertDelivery } from '../store/queries/outbox.ts'
import { enterOrganization } from '../store/queries/row-security.ts'
import type { Db, Tx } from '../store/schema.ts'
import type { Sealer } from '../store/sealer.ts'
import { tryAgain } from '../store/try-again.ts'
import { actOnPerson, type PersonAct } from './act-on-person.ts'
import { writeAudit } from './audit.ts'
import { type AuditChain, createAuditChain } from './audit-chain.ts'
import type { AuditEntry, ControlContext, MemoryContext, Outside } from './context.ts'
import { MoneyLeased } from './credits/money-leased.ts'
import { loadAccess } from './load-access.ts'
import type { LongReads, Read } from './long-reads.ts'
import { parseInput } from './parse-input.ts'
import type { PublicCalls } from './public-calls.ts'
import { seeingAllOf, sightOf } from './sight.ts'
import { transact, type WriterTurns } from './writer-turns.ts'

const DATABASE_RETRY_SECONDS = 5
const NAMES_A_GENERATION: ReadonlySet<OperationName> = new Set([
  'getGeneration',
  'getGenerationExplanation',
  'listGenerationContent',
  'markFalsePositive',
  'submitGenerationFeedback',
  'unmarkFalsePositive',
])

export interface ControlParts extends Pick<ControlContext, 'restrictionsOf' | 'figuresOf'> {
  db: Db
  clock: Clock
  handlers: Handlers<ControlContext, MemoryContext>
  /** As it looks from somewhere. */
  catalogue: (standpoint: Standpoint) => Catalogue
  /** Of the audit log's hash chain. */
  auditKey: Buffer
  /** Of the management key that the settings name, whose uses the audit log tells from those of others. */
  bootstrapKeyHash: string | null
  sealer: Sealer
  /** Where logs are known to have ended once. */
  knownAuditHeads?: () => readonly AuditHead[]
  outside: Outside
  filterTexts: FilterTexts
  checkRequest: CheckRequest
  longReads: LongReads
  writerTurns: WriterTurns
  freeModelsToday: ControlContext['freeModelsToday']
  roleCaps: RoleCaps
  publicCalls: PublicCalls
  /** Resolves when this process itself acts on what has just been committed. */
  onCommitted: () => Promise<void>
  /** Something for the outside has just been committed to the outbox. */
  onQueued: () => void
  /** When every process acts on these versions of organizations, in epoch milliseconds; waits for those that soon will. */
  whenFelt: (versions: ReadonlyMap<string, bigint>) => Promise<number>
  /** Has replicas give back what they have leased of a credit pool and don't use. */
  recallPool?: (pool: string) => Promise<void>
  /** Resolves when what was charged so far can be read, or after a second. */
  waitForFlush: () => Promise<void>
}

export interface Control {
  /** The coarse check, which needs nothing of the request but who sends it: whether the actor may do this anywhere at all.
   *  Throws 401 and 403. */
  authorize: (name: OperationName, actor: Actor) => Promise<Access>
  invoke: (name: OperationName, actor: Actor, input: unknown, origin: CallOrigin) => Promise<unknown>
  /** What this installation does by itself, in the same kind of transaction and with a row in the audit log, unless it says
   *  that it did nothing. */
  actAsSystem: (act: SystemAct) => Promise<void>
  /** What somebody does with their own login. */
  actOnPerson: (act: PersonAct) => Promise<void>
}

export interface SystemAct {
  /** As the audit log is to name it: the operation that a person would use, where there is one. */
  action: string
  organizationId: string
  work: (context: ControlContext) => Promise<void>
}

/**
 * The one door to every management action, whatever surface it came through: coarse permission 403 → parse 400 → one
 * transaction, fenced to what the actor has to do with, in which the handler loads (404), checks scope and acts, in which
 * the audit log gets its row and the changes are published → commit → what is left to be worked out without the database.
 * Writes of one organization happen one after the other, so that what a handler has read stays true until it commits. The
 * answer leaves when this process has taken the change over. Nothing else opens transactions. What is read from memory needs
 * none.
 */
export function createControl(parts: ControlParts): Control {
  const authorize = (name: OperationName, actor: Actor) =>
    orUnavailable(() => tryAgain(() => authorizeWith(parts.db, operationOf(name), actor)))
  return {
    authorize,
    invoke: async (name, caller, input, origin) => {
      const operation = operationOf(name)
      const actor = actingAs(operation, caller)
      const access = await authorize(name, actor)
      const { parsed, warnings } = parseInput(operation, input)
      const handler = parts.handlers[name] as Handler<ControlContext>
      const call = { name, operation, actor, access, parsed, origin, handler }
      const output = await runInTurn(parts, call, NAMES_A_GENERATION.has(name))
      return warnings.length > 0 ? { ...(output as object), warnings } : output
    },
    actAsSystem: async ({ action, organizationId, work }) => {
      const actor = { kind: 'system', organizationId, userId: null } as const
      const call = { name: action, operation: OWN_ACT, actor, access: ORGANIZATION_ACCESS, parsed: undefined }
      const handler: Handler<ControlContext> = (_input, context) => work(context)
      await orUnavailable(() => runInTransaction(parts, { ...call, origin: OWN_ORIGIN, handler }))
    },
    actOnPerson: (act) => orUnavailable(() => actOnPerson(parts, act)),
  }
}

/** What is public and changes something is nobody's act: it is about an organization that its input names, whoever calls. */
function actingAs(operation: Operation, caller: Actor): Actor {
  return isOpenToAll(operation) ? { kind: 'anonymous' } : caller
}

function isOpenToAll({ effect, permission }: Manner): boolean {
  return permission === 'public' && effect !== 'read'
}

type Handler<Context> = (input: unknown, context: Context) => Promise<unknown>

type Manner = Pick<Operation, 'effect' | 'isAuditedRead' | 'mayDoNothing' | 'permission' | 'reads' | 'tellsEffect'>

const OWN_ACT: Manner = { effect: 'write', mayDoNothing: true, permission: 'any-key' }
const OWN_ORIGIN: CallOrigin = { surface: 'system', ip: null, userAgent: null, requestId: null }

interface Call {
  name: string
  operation: Manner
  handler: Handler<ControlContext>
  actor: Actor
  access: Access
  parsed: unknown
  origin: CallOrigin
}

async function authorizeWith(db: Db, { permission }: Pick<Operation, 'permission'>, actor: Actor): Promise<Access> {
  if (permission !== 'public' && actor.kind === 'anonymous') throw new AppError('unauthorized', MISSING_KEY_MESSAGE)
  const access = await loadAccess(db, actor)
  if (permission === 'public' || permission === 'any-key' || hasAnywhere(access, permission)) return access
  const message = isPlainKey(actor)
    ? 'Only management keys can perform this operation'
    : `This needs the permission ${permission}`
  throw new AppError('forbidden', message, { permission }, { metadata: { permission } })
}

/** A key that calls models and has nothing to do here at all. */
function isPlainKey(actor: Actor): boolean {
  return actor.kind === 'key' && actor.permissions.every((permission) => permission === 'inference')
}

async function runInTurn(parts: ControlParts, call: Call, namesGeneration: boolean): Promise<unknown> {
  if (namesGeneration) return await runAfterFlush(parts, call)
  const { name, operation, origin } = call
  if (!isOpenToAll(operation)) return await run(parts, call)
  const attempt = { name, isBlind: operation.mayDoNothing === true, address: origin.ip, now: parts.clock.now() }
  return await parts.publicCalls.run(attempt, () => run(parts, call))
}

async function run(parts: ControlParts, call: Call): Promise<unknown> {
  if (call.operation.reads === 'memory') {
    const handler = call.handler as unknown as Handler<MemoryContext>
    return await handler(call.parsed, {
      actor: call.actor,
      now: parts.clock.now(),
      catalogue: catalogueOf(parts, call.actor, call.access),
      restrictionsOf: parts.restrictionsOf,
      figuresOf: parts.figuresOf,
    })
  }
  return await orUnavailable(() => runWithLeased(parts, call))
}

/** What nobody uses of what is leased may be had, but not within a transaction that waits for it. */
async function runWithLeased(parts: ControlParts, call: Call): Promise<unknown> {
  try {
    return await runInTransaction(parts, call)
  } catch (error) {
    if (!(error instanceof MoneyLeased) || parts.recallPool === undefined) throw error
    await parts.recallPool(error.pool)
    return await runInTransaction(parts, call)
  }
}

async function orUnavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isDatabaseUnavailable(error)) throw error
    const options = { cause: error, retryAfterSeconds: DATABASE_RETRY_SECONDS }
    throw new AppError('unavailable', 'The database cannot be reached at the moment', {}, options)
  }
}

/** What a handler leaves behind for the end of its transaction. */
class Aftermath {
  readonly changes = new Map<string, { kind: ChangeKind; id: string }[]>()
  /** Of the changes, once they are recorded. */
  readonly versions = new Map<string, bigint>()
  entry: AuditEntry | undefined
  hasQueued = false
  #isIdle = false
  readonly #call: Call

  constructor(call: Call) {
    this.#call = call
  }

  changed(kind: ChangeKind, id: string, organizationId?: string): void {
    const { actor } = this.#call
    const owner = organizationId ?? (actor.kind === 'anonymous' ? undefined : actor.organizationId)
    if (owner === undefined) throw new Error('a change belongs to an organization')
    this.changes.set(owner, [...(this.changes.get(owner) ?? []), { kind, id }])
  }

  audit(entry: AuditEntry): void {
    if (this.entry !== undefined) throw new Error(`${this.#call.name} wrote a second audit entry`)
    this.entry = entry
  }

  didNothing(): void {
    this.#isIdle = this.#call.operation.mayDoNothing === true
  }

  async record(tx: Tx, { auditKey: key, bootstrapKeyHash }: ControlParts, now: number): Promise<void> {
    const { actor, name, operation, origin } = this.#call
    const places = new Map<string, AuditPlace>()
    for (const [organizationId, list] of this.changes) {
      const { auditPlace, version } = await recordChanges(tx, organizationId, list, now)
      this.versions.set(organizationId, version)
      places.set(organizationId, auditPlace)
    }
    if (this.entry !== undefined) {
      const call = { action: name, actor, origin, entry: this.entry, now, places }
      await writeAudit(tx, { key, bootstrapKeyHash }, call)
    } else if (isAudited(operation) && !(this.#isIdle && this.changes.size === 0))
      throw new Error(`${name} wrote no audit entry`)
  }
}

async function runInTransaction(parts: ControlParts, call: Call): Promise<unknown> {
  // What ended in a deadlock, as with a migration of a newer version, has left nothing.
  const { aftermath, output } = await tryAgain(() => commit(parts, call))
  if (aftermath.hasQueued) parts.onQueued()
  if (aftermath.changes.size > 0) await parts.onCommitted()
  if (typeof output === 'function') return await (output as () => Promise<unknown>)()
  if (call.operation.tellsEffect !== true) return output
  const effectiveAt = await parts.whenFelt(aftermath.versions)
  return { ...(output as object), effective_at: new Date(effectiveAt).toISOString() }
}

/** The transaction, which may be done again as long as it has not been committed. */
async function commit(parts: ControlParts, call: Call): Promise<{ aftermath: Aftermath; output: unknown }> {
  const { actor, operation } = call
  const now = parts.clock.now()
  const isRead = !isAudited(operation)
  const aftermath = new Aftermath(call)
  const auditChain = createAuditChain(parts.auditKey, parts.knownAuditHeads ?? (() => []))
  if (call.name === 'verifyAuditLogs') await walkAuditLog(parts, call, auditChain)
  const output = await transact(parts, { actor, isRead }, async (tx) => {
    const access = isRead ? call.access : await waitForTurn(tx, call, now)
    if (actor.kind !== 'anonymous') await enterOrganization(tx, actor.organizationId, sightOf(actor, access))
    const result = await call.handler(call.parsed, {
      tx,
      actor,
      access,
      now,
      catalogue: catalogueOf(parts, call.actor, access),
      restrictionsOf: parts.restrictionsOf,
      figuresOf: parts.figuresOf,
      catalogueIn: (workspaceId) => catalogueIn(parts, call, workspaceId),
      ...secretsOf(parts, call, { tx, aftermath }),
      outside: parts.outside,
      filterTexts: parts.filterTexts,
      checkRequest: parts.checkRequest,
      readAtLength: (work) => parts.longReads.run(() => work(readOf(parts, call))),
      freeModelsToday: parts.freeModelsToday,
      roleCaps: parts.roleCaps,
      callerIp: call.origin.ip,
      seeingAll: seeingAllOf(tx, actor, access),
      changed: (kind, id, organizationId) => aftermath.changed(kind, id, organizationId),
      audit: (entry) => aftermath.audit(entry),
      didNothing: () => aftermath.didNothing(),
      auditChain,
    })
    await aftermath.record(tx, parts, now)
    return result
  })
  return { aftermath, output }
}

/** Who waits for other writers may have lost rights, or the key itself, to one of them. Resolves to what the actor may now.
 *  Throws 401 and 403. */
async function waitForTurn(tx: Tx, { actor, access, operation }: Call, now: number): Promise<Access> {
  if (actor.kind === 'anonymous') return access
  await lockOrganization(tx, actor.organizationId)
  if ('keyId' in actor && !(await isKeyGood(tx, actor, now))) throw new AppError('unauthorized', UNKNOWN_KEY_MESSAGE)
  return await authorizeWith(tx, operation, actor)
}

/** Each page in a transaction of its own, so that others come in between however long the log is. */
async function walkAuditLog({ db }: ControlParts, { actor, parsed }: Call, auditChain: AuditChain): Promise<void> {
  if (actor.kind === 'anonymous') return
  const { heads = [] } = parsed as InputOf<typeof OPERATIONS.verifyAuditLogs>
  const readPage: ReadPage = (read) =>
    db
      .transaction()
      .setAccessMode('read only')
      .execute(async (tx) => {
        await enterOrganization(tx, actor.organizationId, 'all')
        return await read(tx)
      })
  await auditChain.walk(readPage, actor.organizationId, heads)
}

/** With what the actor might see when the call began. */
function readOf({ db, sealer }: ControlParts, { actor, access }: Call): Read {
  if (actor.kind === 'anonymous') throw new Error('nobody reads at length')
  const { organizationId } = actor
  return (work) =>
    db
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(async (tx) => {
        await enterOrganization(tx, organizationId, sightOf(actor, access))
        return await work({ tx, unseal: (place, sealed) => sealer.unseal(tx, organizationId, place, sealed) })
      })
}

/** A key sees what its workspace sees; anybody else what is seen in some workspace where they may look at providers. */
function catalogueOf(parts: ControlParts, actor: Actor, access: Access): Catalogue {
  if (actor.kind === 'anonymous') return parts.catalogue(null)
  const { organizationId } = actor
  const workspaceIds = actor.kind === 'key' ? [actor.workspaceId] : workspacesWith(access, 'provider:read')
  return parts.catalogue({ organizationId, workspaceIds })
}

function catalogueIn(parts: ControlParts, { actor }: Call, workspaceId: string): Catalogue {
  if (actor.kind === 'anonymous') throw new Error('a workspace belongs to an organization')
  return parts.catalogue({ organizationId: actor.organizationId, workspaceIds: [workspaceId] })
}

/** Sealing and the outbox, for the organization of the actor or, where there is none, the one that is named. */
function secretsOf(
  { sealer, clock }: ControlParts,
  { actor }: Call,
  { tx, aftermath }: { tx: Tx; aftermath: Aftermath },
): Pick<ControlContext, 'seal' | 'unseal' | 'queue'> {
  const ownerOf = (named?: string) => {
    const organizationId = named ?? (actor.kind === 'anonymous' ? undefined : actor.organizationId)
    if (organizationId === undefined) throw new Error('a secret belongs to an organization')
    return organizationId
  }
  return {
    seal: (place, plaintext) => sealer.seal(tx, ownerOf(), place, plaintext),
    unseal: (place, sealed) => sealer.unseal(tx, ownerOf(), place, sealed),
    queue: async (delivery) => {
      const organizationId = ownerOf(delivery.organizationId)
      const id = await insertDelivery(tx, sealer, { ...delivery, organizationId, now: clock.now() })
      aftermath.hasQueued = true
      return id
    },
  }
}

/** Reads that are themselves worth a line in the audit log say so. */
function isAudited({ effect, isAuditedRead }: Manner): boolean {
  return effect !== 'read' || isAuditedRead === true
}

/** A generation may be asked for the moment its answer has ended, before its batch is in the database. */
async function runAfterFlush(parts: ControlParts, call: Call): Promise<unknown> {
  try {
    return await run(parts, call)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'not_found') throw error
    await parts.waitForFlush()
    return await run(parts, call)
  }
}

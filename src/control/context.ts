import type { RoleCaps } from '../contract/common/permissions.ts'
import type { DestinationType } from '../contract/management/destination-types.ts'
import type { Access } from '../domain/access.ts'
import type { Actor, CredentialActor } from '../domain/actor.ts'
import type { Catalogue } from '../domain/catalogue.ts'
import type { CheckRequest, FilterTexts } from '../domain/content-filters.ts'
import type { EgressPolicy } from '../domain/egress.ts'
import type { EndpointFigures } from '../domain/endpoint-trials.ts'
import type { KeyRestrictions } from '../domain/plan.ts'
import type { ChangeKind } from '../store/queries/changes.ts'
import type { Tx } from '../store/schema.ts'
import type { SealedPlace } from '../store/sealer.ts'
import type { AuditChain } from './audit-chain.ts'
import type { Read } from './long-reads.ts'

/** What a handler may use that needs no database. */
export interface MemoryContext {
  actor: Actor
  now: number
  catalogue: Catalogue
  /** What keeps models from a key, as the request path has it. */
  restrictionsOf: (key: CredentialActor) => KeyRestrictions
  /** How an endpoint fares. */
  figuresOf: (endpointId: string) => EndpointFigures
}

/** What a mutation did, for the audit log. */
export interface AuditEntry {
  /** What kind of thing: `key`, `workspace`, … */
  resource: string
  /** Which one; several of a bulk call separated by commas. */
  id: string
  workspaceId: string | null
  /** As they are on the wire; fields named like secrets are masked on the way into the log. */
  before?: unknown
  after?: unknown
  /** Where the actor has none. */
  organizationId?: string
  /** Who acted, where the actor is nobody: whoever accepts an invitation. */
  userId?: string
}

/** What a job is to do outside. */
export interface QueuedDelivery {
  /** Which job: the name it is registered by. */
  kind: string
  workspaceId: string | null
  payload: Readonly<Record<string, unknown>>
  /** Not before then; epoch milliseconds. */
  notBefore?: number
  /** Where the actor has none. */
  organizationId?: string
}

/** What handlers must know of the world to write links and decide how to deliver. */
export interface Outside {
  /** Without a trailing slash. */
  publicUrl: string
  isMailOn: boolean
  /** Whether payments by card are set up. */
  isStripeOn: boolean
  /** Whether addresses have countries. */
  knowsCountries: boolean
  /** Where providers may be that members of the organization name. */
  egress: EgressPolicy
  /** Tries a destination with its whole configuration. Never throws, and takes as long as the other side: not for within a
   *  transaction. */
  probeDestination: (type: DestinationType, config: Readonly<Record<string, unknown>>) => Promise<ProbeAnswer>
}

/** What a destination says to a test. */
export interface ProbeAnswer {
  isGood: boolean
  /** Null where nothing was answered. */
  status: number | null
  message: string
}

/** What a handler may use. There is no other way to the database than `tx`. */
export interface ControlContext extends MemoryContext {
  tx: Tx
  /** The catalogue as the keys of a workspace see it. */
  catalogueIn: (workspaceId: string) => Catalogue
  /** What the actor may, as of this call. */
  access: Access
  /** Notes that something a replica keeps in memory was changed; written at the end of the transaction. */
  changed: (kind: ChangeKind, id: string, organizationId?: string) => void
  /** A secret as it may be stored; it opens only at this place and for this organization. */
  seal: (place: SealedPlace, plaintext: string) => Promise<string>
  /** Throws SealBroken. */
  unseal: (place: SealedPlace, sealed: string) => Promise<string>
  /** Has something done outside after the commit, at least once: the payload is sealed until then. Returns its id, by which
   *  the receiver can tell a repetition. */
  queue: (delivery: QueuedDelivery) => Promise<string>
  /** Runs what must see every workspace of the organization, though the actor doesn't. What it finds out stays with us. */
  seeingAll: (work: () => Promise<void>) => Promise<void>
  /** Bounded in time; keeps no other request waiting. */
  filterTexts: FilterTexts
  /** The same of the fields of a request as JSON, as the request path looks them through. */
  checkRequest: CheckRequest
  /** For what takes many looks at the database, one after the other, once the handler's transaction has ended: what the
   *  handler returns as its second step. Throws `rate_limited` when enough of that is going on. */
  readAtLength: <T>(work: (read: Read) => Promise<T>) => Promise<T>
  roleCaps: RoleCaps
  /** Where this installation is reached, and whether it can send mail. */
  outside: Outside
  /** Where the call comes from; null where that isn't known. */
  callerIp: string | null
  /** Notes what is to stand in the audit log. Every mutation does so exactly once, or it fails. */
  audit: (entry: AuditEntry) => void
  /** Says in place of `audit` that nothing was changed, where the operation may do nothing. */
  didNothing: () => void
  auditChain: AuditChain
  /** What an organization may send to free models on a day, and has sent; not for within the transaction. */
  freeModelsToday: (organizationId: string) => Promise<FreeModelsToday>
}

export interface FreeModelsToday {
  /** null for no limit. */
  limit: number | null
  used: number
  hasBoughtCredits: boolean
}

/** The organization the actor belongs to. Operations that are public don't ask. */
export function organizationOf(context: ControlContext): string {
  if (context.actor.kind === 'anonymous') throw new Error('an anonymous actor has no organization')
  return context.actor.organizationId
}

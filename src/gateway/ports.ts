import type { RequestTrace } from '../contract/inference/request-trace.ts'
import type { SECURITY_EVENT_KINDS } from '../contract/management/security-events.ts'
import type { CreditPool } from '../contract/management/workspace-funding.ts'
import type { Provider } from '../domain/catalogue.ts'
import type { Finding } from '../domain/content-filters.ts'
import type { Decision } from '../domain/decision.ts'
import type { LeaseAnswer, LeasePiece, LeaseRequest } from '../domain/lease-protocol.ts'
import type { Media } from '../domain/media.ts'
import type { NanoUsd } from '../domain/money.ts'
import type { TokenUsage } from '../domain/pricing.ts'
import type { SlotCount } from '../domain/rate-window.ts'
import type { SpendKind } from '../domain/spend-scopes.ts'
import type { KeySnapshot } from './snapshot/snapshot.ts'

/** What the hot path needs from outside, as types. Nothing here waits for the database on the way of a known key. */

/** A key that the snapshot doesn't hold; undefined when there is none. */
export type LoadKey = (hash: string) => Promise<KeySnapshot | undefined>

/** Asks the database about leases, in this order; all or nothing is done. Rejects where it can not be said which. */
export type AskLeases = (requests: readonly LeaseRequest[]) => Promise<LeaseAnswer[]>

export interface UpstreamRequest {
  provider: Provider
  /** Appended to the provider's base URL. */
  path: string
  headers: Record<string, string>
  /** JSON. */
  body: string | Buffer
}

/** Why no (complete) answer came. `connect` failures certainly cost nothing; the others may have been billed. */
export type UpstreamFailureKind = 'connect' | 'timeout' | 'reset' | 'aborted' | 'forbidden_address'

export interface UpstreamFailure {
  kind: UpstreamFailureKind
  message: string
}

/** Called in the order headers, data*, then exactly one of end and failure. Never called synchronously from `send`. */
export interface UpstreamReceiver {
  onHeaders(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void
  onData(chunk: Buffer): void
  onEnd(): void
  onFailure(failure: UpstreamFailure): void
}

export interface UpstreamCall {
  pause(): void
  resume(): void
  /** Closes the connection; the receiver hears nothing more. */
  abort(): void
}

export interface Upstream {
  send(request: UpstreamRequest, receiver: UpstreamReceiver): UpstreamCall
}

/** Reads an image or a file by its `http:`, `https:` or `data:` URL. Rejects with `invalid_request` where it can't be had, isn't of a
 *  type that messages may hold, or is too large. */
export type FetchMedia = (url: string, signal: AbortSignal) => Promise<Media>

export interface AttemptRecord {
  endpoint_id: string
  provider_name: string
  model: string
  status: number | null
  latency_ms: number
  error: string | null
  /** The customer's credential that it was made with, where it was one. */
  byok_key_id?: string
  /** Where it was sent to one. */
  routed_service_tier?: 'flex' | 'priority'
}

/** What a trace needs beyond the record. */
export interface Broadcast {
  /** When the request was admitted, in epoch milliseconds. */
  at: number
  /** Whether what is asked and answered follows. */
  content: boolean
  /** What the request says to those who look at traces; missing where it says nothing. */
  trace?: RequestTrace
}

/** Everything known of an inference when it begins: enough to charge it in full if the process dies. */
export interface OpenRecord {
  id: string
  requestId: string
  organizationId: string
  workspaceId: string
  keyId: bigint
  userId: string | null
  projectId: string | null
  creditPool: CreditPool
  /** Whether it is paid with credits or counted as BYOK spend. */
  spendKind: SpendKind
  /** The UTC day in whose windows it counts, `YYYY-MM-DD`: that of its admission. */
  countedOn: string
  model: string
  endpointId: string
  providerName: string
  streamed: boolean
  held: NanoUsd
  priceVersion: string
  httpReferer: string | null
  /** Origin of the referer: the app behind the request; '' when there is none. */
  origin: string
  appTitle: string | null
  userAgent: string | null
  ip: string | null
  sessionId: string | null
  externalUser: string | null
  replicaId: string
  /** What filters found in the request; null when nothing. */
  findings: readonly Finding[] | null
  /** Why it was let in, as far as that isn't known otherwise. Missing in records of earlier versions. */
  decision?: Decision
  /** There where the workspace has destinations for its traces. */
  broadcast?: Broadcast
  /** What of the hold comes from which lease. */
  leases?: readonly LeasePiece[]
}

/** The end of an inference: its one terminal state and its one charge. */
export interface GenerationEnd {
  apiType: 'completions' | 'embeddings' | 'rerank'
  /** These three as of the endpoint that answered, else of the one tried last. */
  model: string
  endpointId: string
  providerName: string
  upstreamId: string | null
  cancelled: boolean
  outcome: 'done' | 'upstream_error' | 'cancelled' | 'crash_padding'
  finishReason: string | null
  nativeFinishReason: string | null
  usage: TokenUsage
  usageEstimated: boolean
  usageRaw: Readonly<Record<string, unknown>> | null
  cost: NanoUsd
  /** List price of what ran on the customer's own credential: counted, and charged to no pool. */
  byokCost: NanoUsd
  promptCost: NanoUsd
  /** What a provider used beyond the hold: told, never charged. */
  uncharged: NanoUsd
  /** What the provider says that it costs: kept beside what is charged. */
  upstreamCost: NanoUsd | null
  latencyMs: number | null
  generationTimeMs: number | null
  attempts: AttemptRecord[]
  /** What of the cost each lease pays. */
  charges?: readonly LeasePiece[]
}

export interface GenerationRecord extends OpenRecord, GenerationEnd {}

/** A finished inference as JSON in UTF-8, which is made once and serves the journal and the database alike. */
export interface EncodedGeneration {
  id: string
  json: Buffer
}

/** Where finished inferences go for good, as one JSON array in UTF-8 that is the caller's again afterwards. Resolves when they are
 *  committed; posting the same id again changes nothing. */
export type PostGenerations = (rows: Buffer) => Promise<void>

/** An inference of a known key that was refused before it began: it costs nothing and has no generation. */
export interface RefusedRequest {
  requestId: string
  /** Epoch milliseconds. */
  at: number
  organizationId: string
  /** null for a management key. */
  workspaceId: string | null
  keyId: bigint
  userId: string | null
  status: number
  code: string
  message: string
  /** As asked for, where that was read; as everything below. */
  model: string | null
  streamed: boolean | null
  httpReferer: string | null
  origin: string
  appTitle: string | null
  userAgent: string | null
  ip: string | null
  sessionId: string | null
  externalUser: string | null
  /** `Decision` as JSON that PostgreSQL takes. */
  decision?: string
}

/** What restricts and limits requests of an organization, as `Rules` in JSON. `id` is a hash of it. */
export interface RulesInForce {
  organizationId: string
  id: string
  json: string
  /** The UTC day on which they were met, `YYYY-MM-DD`. */
  day: string
}

/** Where those go. Posting the same again notes the day. */
export type PostRules = (rules: readonly RulesInForce[]) => Promise<void>

/** What was asked and answered in one inference. */
export interface GenerationContent {
  generationId: string
  organizationId: string
  workspaceId: string
  keyId: bigint
  userId: string | null
  /** All that the request was sent to. */
  models: readonly string[]
  /** Epoch milliseconds. */
  at: number
  /** To be kept: `GenerationContentWire`; null where its workspace doesn't want that. */
  json: string | null
  /** To be sent to destinations: the same, as content filters have left it. */
  broadcastJson: string | null
}

/** Where contents go for good, sealed; but for those of whom it isn't wanted any more, or that may not be kept. Posting the
 *  same one again changes nothing. */
export type PostContents = (contents: readonly GenerationContent[]) => Promise<void>

export type SecurityEventKind = (typeof SECURITY_EVENT_KINDS)[number]

/** How often something happened around a key from one network within a minute. */
export interface SecurityEvent {
  kind: SecurityEventKind
  keyId: bigint
  organizationId: string
  /** null for a management key. */
  workspaceId: string | null
  /** As `networkOf` gives it. */
  network: string
  /** Its beginning, in epoch milliseconds. */
  minute: number
  /** One of those that it counts, as the origin of a page. */
  ip: string | null
  origin: string | null
  count: number
}

/** A key that one of these secrets was of: it was deleted since, or has another. */
export interface FormerKey {
  id: bigint
  organizationId: string
  workspaceId: string | null
}

/** Of hashes of secrets that are no key's, those that once were. */
export type FindFormerKeys = (hashes: readonly string[]) => Promise<ReadonlyMap<string, FormerKey>>

/** Where those go: counts add up. */
export type PostSecurityEvents = (events: readonly SecurityEvent[]) => Promise<void>

/** Where refused requests go. Posting the same one again changes nothing. */
export type PostRefusals = (refusals: readonly RefusedRequest[]) => Promise<void>

/** A replica's question for permits of a bucket, of which `limit` may be taken in a minute. */
export interface RateAsk {
  bucket: string
  limit: number
  /** Requests that wait for a permit. */
  demand: number
  /** Permits to be had in advance while less than half of the limit is used. */
  block: number
  /** What this replica has let through, granted or not, which may be more than was counted. The slot -1 is the present one. */
  own: readonly SlotCount[]
}

export interface RateGrant {
  granted: number
  /** The clock that all replicas count by, in milliseconds. */
  now: number
  /** The counts of all replicas, with what was granted now. */
  slots: readonly SlotCount[]
  /** Those of this replica among them. */
  own: readonly SlotCount[]
}

/** Asks what all replicas count together. Rejects where it can't be reached. */
export type AskRates = (ask: RateAsk) => Promise<RateGrant>

/** A replica's question for one day's permits of a bucket, of which there are `limit`. */
export interface DailyAsk {
  /** With its day. */
  bucket: string
  limit: number
  demand: number
  /** Permits to be had in advance while less than half of the limit is used. */
  block: number
  /** What this replica has let through, permits in advance included. */
  own: number
  /** What it knows the others to have let through, in case that was lost. */
  others: number
}

/** Asks what all replicas count together on a day; tells the counts with what was granted now. Rejects where it can't be
 *  reached. */
export type AskDaily = (ask: DailyAsk) => Promise<{ granted: number; own: number; others: number }>

/** Says that this replica lives. `hasLost`: what was counted together is gone, or was changed by somebody else. */
export type MeetReplicas = () => Promise<Replicas & { hasLost: boolean }>

/** How many replicas there are, and the place of this one among them, from 0. */
export interface Replicas {
  count: number
  rank: number
}

/** States how many requests of a key run in this replica, and tells whether those of all replicas are at most `limit`; if not,
 *  one less stands. Null for `limit` states it whatever it is. Rejects where nobody can be reached. */
export type StateInFlight = (keyId: bigint, running: number, limit: number | null) => Promise<boolean>

/** A request with an `Idempotency-Key`. */
export interface IdempotentRequest {
  /** SHA-256 of the workspace, the key, the endpoint and the header, in hex. */
  id: string
  organizationId: string
  workspaceId: string
  keyId: bigint
  userId: string | null
  /** SHA-256 of the body, in hex. */
  bodyHash: string
  generationId: string
}

/** What is known of a request that was sent before: under the same `Idempotency-Key`, with this body or another. */
export type IdempotencyClaim =
  /** Nobody has it: from now on this process. */
  | { kind: 'mine' }
  | { kind: 'other_body' }
  /** Another process has it, or had it and may be gone. */
  | { kind: 'running' }
  | { kind: 'kept'; generationId: string; answer: string }
  | { kind: 'not_kept'; generationId: string }

/** Where requests with an `Idempotency-Key` meet, over all replicas. */
export interface IdempotencyStore {
  claim(request: IdempotentRequest): Promise<IdempotencyClaim>
  /** Says that these, claimed here, still run. */
  renew(requests: readonly IdempotentRequest[]): Promise<void>
  /** Keeps the answer; not where anything in force demands zero data retention for one of the models. */
  keep(request: IdempotentRequest, answer: string, models: readonly string[]): Promise<void>
  /** It had its effect, and its answer isn't kept. */
  noteUnkept(request: IdempotentRequest): Promise<void>
  /** It had no effect, and may be tried again. */
  release(request: IdempotentRequest): Promise<void>
}

/** An answer as it may be given again, by `fillTemplate`. */
export interface CachedAnswer {
  /** Of the inference that made it. */
  generationId: string
  /** When it was kept and until when it counts, in epoch milliseconds. */
  at: number
  expiresAt: number
  /** Unix seconds, as in `text`. */
  created: number
  modelId: string
  endpointId: string
  finishReason: string | null
  nativeFinishReason: string | null
  /** What was said in it, as a message; null where nobody wants to keep that. */
  said: Readonly<Record<string, unknown>> | null
  text: string
}

/** Where answers are kept for who asks the same again. `id` is a hash of who asks what. */
export interface AnswerStore {
  find(id: string): CachedAnswer | undefined | Promise<CachedAnswer | undefined>
  /** Never fails, and may not do it. */
  keep(id: string, answer: CachedAnswer): void
}

import type { ChatPayload, ChatRequest } from '../dialects/chat-request.ts'
import type { Dialect, ReadOptions } from '../dialects/dialect.ts'
import { abilitiesAt, DIALECTS } from '../dialects/dialects.ts'
import { sumLinked, type WantedMedia, wantedMedia } from '../dialects/linked-media.ts'
import type { AnswerIdentity, ClientProtocol } from '../dialects/protocol.ts'
import { Transcript } from '../dialects/transcript.ts'
import { AppError } from '../domain/app-error.ts'
import type { Endpoint, Model } from '../domain/catalogue.ts'
import type { EndpointWatch } from '../domain/endpoint-trials.ts'
import { isContentKept } from '../domain/io-logging.ts'
import type { IpRangeSet } from '../domain/ip-ranges.ts'
import { unusable } from '../domain/media.ts'
import type { NanoUsd } from '../domain/money.ts'
import type { PluginsInForce } from '../domain/plugins.ts'
import type { Observe } from '../observe/observation.ts'
import type { InferenceTrace, Tracer } from '../observe/traces/tracer.ts'
import type { Clock } from '../platform/clock.ts'
import type { ContentQueue } from './content/content-queue.ts'
import type { RuleBook } from './decisions/rule-book.ts'
import type { FilterRunner } from './filters/filter-runner.ts'
import type { Idempotency } from './idempotency/idempotency.ts'
import type { FlushLoop } from './journal/flush-loop.ts'
import type { Journal, Segment } from './journal/journal.ts'
import type { KeyDirectory } from './key-directory.ts'
import type { Chains } from './lease/chains.ts'
import type { Hold } from './lease/hold.ts'
import type { LeaseBook } from './lease/lease-book.ts'
import type { DailyQuota } from './limits/daily-quota.ts'
import type { ConcurrencyLimiter } from './limits/in-flight.ts'
import type { LargeRequests, LargeShare } from './limits/large-requests.ts'
import type { RateLimiter } from './limits/rate-limiter.ts'
import type { AnswerStore, FetchMedia, OpenRecord, Upstream, UpstreamRequest } from './ports.ts'
import type { RefusalQueue } from './refusal-queue.ts'
import type { Caching } from './response-cache/caching.ts'
import type { RouterTrace } from './router-metadata.ts'
import type { SecurityEvents } from './security-events.ts'
import { type Conversation, scopeOfNamed } from './sessions/conversation.ts'
import type { SessionBook } from './sessions/session-book.ts'
import type { Snapshot } from './snapshot/snapshot.ts'
import type { SpendLimits } from './snapshot/spend-limits.ts'
import type { Admission, AdmitAgain, AdmitFor } from './stages/admit.ts'
import { embedMedia } from './stages/embed-media.ts'
import type { LargeBodyParser } from './stages/large-body-parser.ts'
import type { AttemptFailure } from './stages/upstream-error.ts'
import { weighFetched } from './stages/weigh-media.ts'

export interface GatewaySettings {
  bodyBytesMax: number
  /** Requests at a time. */
  inferencesMax: number
  holdWaitMs: number
  requestDeadlineMs: number
  keepAliveCommentMs: number
  /** Until the first content of a stream. */
  upstreamContentTimeoutMs: number
  publicUrl: string
  replicaId: string
  /** Proxies whose X-Forwarded-For counts; null for none. */
  trustedProxies: IpRangeSet | null
  /** Finished inferences that may wait for the database before new ones are refused. */
  unflushedMax: number
}

/** Everything the hot path works with, put together once at start. */
export interface GatewayParts {
  clock: Clock
  snapshot: Snapshot
  keys: KeyDirectory
  leases: LeaseBook
  rates: RateLimiter
  concurrency: ConcurrencyLimiter
  /** Requests to models that cost nothing, by organization and day. */
  freeModels: DailyQuota
  chains: Chains
  rules: RuleBook
  limits: SpendLimits
  journal: Journal
  flush: FlushLoop
  upstream: Upstream
  fetchMedia: FetchMedia
  health: EndpointWatch
  observe: Observe
  /** Missing where the operator wants no traces. */
  tracer?: Tracer | undefined
  refusals: RefusalQueue
  security: SecurityEvents
  /** Of this installation itself. */
  publicUrl: string
  contents: ContentQueue
  idempotency: Idempotency
  /** The response cache. */
  answers: AnswerStore
  filters: FilterRunner
  largeBodies: LargeBodyParser
  largeRequests: LargeRequests
  settings: GatewaySettings
  findBuiltInModel: (id: string) => Model | undefined
  /** Which endpoints conversations go to. */
  sessions: SessionBook
  /** From [0, 1), for what chance decides. */
  random: () => number
  /** Whether this process knows too little of what was changed to let anybody in. */
  isCutOff: () => boolean
}

/** One admitted inference on its way: what it asked for, where it may go and the money it holds. */
export class Inference {
  readonly parts: GatewayParts
  readonly protocol: ClientProtocol
  readonly request: ChatRequest
  readonly endpoints: readonly Endpoint[]
  /** This, its JSON, the hold and its cap change where what follows is paid otherwise (`stages/spend-again.ts`). */
  open: OpenRecord
  openJson: string
  hold: Hold
  readonly segment: Segment
  /** Unix seconds. */
  readonly created: number
  /** On the monotonic clock. */
  readonly startedAt: number
  cappedTokens: number | null
  readonly admitFor: AdmitFor
  /** Null where all attempts are paid alike. */
  readonly admitAgain: AdmitAgain | null
  readonly trace: RouterTrace | null
  /** For the operator's collector; undefined where it isn't to know of it. */
  readonly spans: InferenceTrace | undefined
  /** Is told where it was answered; null where there was nothing to choose. */
  readonly conversation: Conversation | null
  /** What is kept of the request, where it is kept: the fields as they came, or as they are forwarded where the workspace
   *  wants it so. */
  readonly asked: string | Buffer
  /** Whether what is asked and answered is to be kept. */
  readonly isContentKept: boolean
  /** Whether it is to be sent to destinations of its workspace. */
  readonly isContentBroadcast: boolean
  /** Null where the response cache has nothing to do with it. */
  readonly caching: Caching | null
  readonly #isTranscriptWanted: boolean
  readonly #share: LargeShare
  /** Whether an answer that should be JSON, and isn't, is put right. */
  readonly healsAnswer: boolean
  #embedded: { wanted: WantedMedia; payload: ChatPayload } | null = null
  /** Why they could not be had: where they are is not asked again for each attempt. */
  #notEmbedded: { wanted: WantedMedia; failure: AttemptFailure } | null = null
  /** What was fetched may count for, beyond what is held for every medium; and how much of that is held. */
  fetchedTokens = 0
  fetchedTokensHeld = 0
  readonly #tokensOfUrls = new Map<string, number>()
  /** What it was charged; null until it is settled. */
  charged: NanoUsd | null = null

  constructor(parts: GatewayParts, request: ChatRequest, admitted: AdmittedRequest) {
    this.parts = parts
    this.protocol = admitted.protocol
    this.request = request
    this.endpoints = admitted.endpoints
    this.open = admitted.open
    this.openJson = admitted.openJson
    this.hold = admitted.admission.hold
    this.cappedTokens = admitted.admission.cappedTokens
    this.admitFor = admitted.admitFor
    this.admitAgain = admitted.admitAgain
    this.segment = admitted.segment
    this.trace = admitted.trace
    this.spans = admitted.spans
    this.conversation = admitted.conversation
    this.startedAt = parts.clock.monotonic()
    this.created = Math.floor(parts.clock.now() / 1_000)
    const { id: generationId, keyId, workspaceId } = admitted.open
    const logging = parts.snapshot.findWorkspace(workspaceId)?.ioLogging ?? null
    this.asked = logging?.isRedacted === true ? request.payload.passedOn : admitted.asked
    const isZdr = request.provider?.zdr === true
    this.healsAnswer = admitted.plugins.healsAnswers && request.wantsJson
    this.isContentKept = logging !== null && isContentKept(logging, { generationId, keyId, isZdr })
    this.isContentBroadcast = admitted.open.broadcast?.content === true
    this.caching = admitted.caching
    this.#share = admitted.share
    // Given again it may be kept, though it isn't now.
    this.#isTranscriptWanted =
      this.isContentKept ||
      this.isContentBroadcast ||
      (logging !== null && admitted.caching !== null) ||
      // Calls are judged when all of them are there.
      request.needs.features.includes('tools')
  }

  requestFor(endpoint: Endpoint): UpstreamRequest {
    const { organizationId, workspaceId, sessionId } = this.open
    const conversation = scopeOfNamed(workspaceId, { sessionId, cacheKey: this.request.cacheKey })
    const options = { cappedTokens: this.cappedTokens, organizationId, conversation }
    const dialect = dialectOf(endpoint)
    const { provider } = endpoint
    const encoded = dialect.encode(this.#payloadFor(endpoint), endpoint, options)
    const signed = dialect.authorize?.(encoded, provider, this.parts.clock.now()) ?? encoded
    return { provider, ...signed }
  }

  #payloadFor(endpoint: Endpoint): ChatPayload {
    if (this.#embedded === null || this.#embedded.wanted !== this.#wantedBy(endpoint)) return this.request.payload
    return this.#embedded.payload
  }

  #wantedBy(endpoint: Endpoint): WantedMedia {
    return this.request.mediaParts === 0 ? null : wantedMedia(abilitiesAt(endpoint))
  }

  /** Whether images or files that the request names have to be fetched first. */
  hasToEmbed(endpoint: Endpoint): boolean {
    const wanted = this.#wantedBy(endpoint)
    return wanted !== null && this.#embedded?.wanted !== wanted
  }

  /** Fetches them. Resolves to why that failed, null for nothing. */
  async embedMedia(endpoint: Endpoint): Promise<AttemptFailure | null> {
    const { payload } = this.request
    const wanted = this.#wantedBy(endpoint)
    if (wanted === null) return null
    if (this.#notEmbedded?.wanted === wanted) return this.#notEmbedded.failure
    try {
      const passedOn = await embedMedia(payload.passedOn, wanted, this.#fetchCounted)
      this.#embedded = { wanted, payload: { ...payload, passedOn } }
      if (this.#tokensOfUrls.size > 0) {
        this.fetchedTokens = Math.max(this.fetchedTokens, sumLinked(payload.passedOn, wanted, this.#tokensOfUrls))
      }
      return null
    } catch (error) {
      const isTheirs = error instanceof AppError
      if (!isTheirs) this.parts.observe({ type: 'request_failed', requestId: this.open.requestId, error })
      const failure = { ...MEDIA_FAILURE, error: isTheirs ? error : unusable('could not be read') }
      this.#notEmbedded = { wanted, failure }
      return failure
    }
  }

  readonly #fetchCounted: FetchMedia = async (url, signal) => {
    const media = await this.parts.fetchMedia(url, signal)
    this.#share.take(media.base64.length)
    const tokens = await weighFetched(media, this.parts.largeBodies)
    if (tokens > 0) this.#tokensOfUrls.set(url, tokens)
    return media
  }

  /** Whether the client gets what an endpoint answers as it comes. */
  readOptionsFor({ provider }: Endpoint): ReadOptions {
    const { kind, native } = this.request.payload
    return { kind, isNative: native?.dialect === provider.dialect }
  }

  /** What gathers an answer; null where nothing is to be kept of it. */
  newTranscript(): Transcript | null {
    return this.#isTranscriptWanted ? new Transcript() : null
  }

  identityFor(endpoint: Endpoint): AnswerIdentity {
    return {
      id: this.open.id,
      created: this.created,
      model: endpoint.modelId,
      provider: endpoint.provider.name,
      echo: this.request.echo,
    }
  }
}

const MEDIA_FAILURE = { mayFallBack: 'to_any', isFault: false, status: null } as const

export interface AdmittedRequest {
  protocol: ClientProtocol
  endpoints: readonly Endpoint[]
  open: OpenRecord
  /** As recorded in the journal. */
  openJson: string
  admission: Admission
  admitFor: AdmitFor
  admitAgain: AdmitAgain | null
  segment: Segment
  asked: string | Buffer
  plugins: PluginsInForce
  caching: Caching | null
  trace: RouterTrace | null
  spans?: InferenceTrace | undefined
  conversation: Conversation | null
  /** Of what large requests hold; files that are fetched for it count, too. */
  share: LargeShare
}

export function dialectOf({ provider }: Endpoint): Dialect {
  return DIALECTS[provider.dialect]
}

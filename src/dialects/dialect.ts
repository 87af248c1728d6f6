import type { DialectName, Endpoint, Provider } from '../domain/catalogue.ts'
import type { TokenUsage } from '../domain/pricing.ts'
import type { ChatPayload, InferenceKind } from './chat-request.ts'
import type { Transcript } from './transcript.ts'

/*
 * What a wire format of providers has to do. All is pure. The chat completions format lies in the middle: requests are translated
 * from it, answers to it. Where a client speaks the provider's own format, what is sent and answered goes through as it is.
 */

export interface Dialect {
  readonly name: DialectName
  readonly abilities: DialectAbilities
  /** The request for one endpoint, its headers made from scratch. Throws `invalid_request` naming a field that the format has no
   *  words for. */
  encode(payload: ChatPayload, endpoint: Endpoint, options: EncodeOptions): EncodedRequest
  /** Adds what depends on the moment to a request that is about to be sent, as a signature over it; `now` in epoch milliseconds.
   *  Absent where the credential goes into a header as it is. */
  authorize?: (request: EncodedRequest, provider: Provider, now: number) => EncodedRequest
  /** How a provider is asked for the tokens of an input alone. Absent where the format has no words for it. */
  readonly counting?: TokenCounting
  /** A whole answer, or undefined when the text isn't one. */
  decode(text: string, options: ReadOptions): DecodedAnswer | undefined
  /** Reads one stream. `transcript` gathers the first choice, where somebody wants it. */
  newReader(transcript: Transcript | null, options: ReadOptions): StreamReader
  /** The HTTP status that a refusal has in the words of the others, where the provider's own means something else. */
  refusalStatus?: (status: number, body: string) => number
  /** What a provider's refusal says to the caller, or undefined. */
  errorMessage(body: string): string | undefined
}

export interface TokenCounting {
  /** Throws as that of the whole request does. */
  encode(payload: ChatPayload, endpoint: Endpoint, options: EncodeOptions): EncodedRequest
  decode(text: string): number | undefined
}

/** What the format can say; what a model can do is told by its endpoint. */
export interface DialectAbilities
  extends Readonly<Record<PlainAbility, Saying>>,
    Readonly<Record<MediaAbility, Giving>> {
  kinds: readonly InferenceKind[]
}

/** What becomes of a wish: it is said, it goes no further, or the request is refused with 400, which names the field. */
export type Saying = 'yes' | 'left out' | 'refused'

/** How something is given: what is `base64` alone the gateway fetches where a request has only its address. */
export type Giving = 'url-or-base64' | 'base64' | 'refused'

export type PlainAbility = (typeof PLAIN_ABILITIES)[number]
export type MediaAbility = (typeof MEDIA_ABILITIES)[number]

export const PLAIN_ABILITIES = [
  'streaming',
  'tools',
  /** Several calls in one answer, and all of their results in the next request. */
  'parallelToolCalls',
  /** To be told that there may be one call at a time. */
  'singleToolCalls',
  'structuredOutputs',
  /** JSON without a schema. */
  'jsonObjects',
  'audio',
  /** To be told how much to think, and to tell what was thought. */
  'reasoning',
  /** Signed thoughts, which come back verbatim with the next request. */
  'signedReasoning',
  /** Marks of what may be cached, and how much of the input was. */
  'cacheMarkers',
  'logprobs',
  'severalChoices',
  'stops',
] as const

export const MEDIA_ABILITIES = ['images', 'files', 'videos'] as const

export interface EncodeOptions {
  /** The bound to send instead of the caller's, or null. */
  cappedTokens: number | null
  organizationId: string
  /** Which conversation of which workspace this is, in the caller's words: for a hash alone. Missing where it has no name. */
  conversation?: string | undefined
}

export interface EncodedRequest {
  /** Appended to the provider's base URL. */
  path: string
  headers: Record<string, string>
  /** JSON. */
  body: string | Buffer
}

export interface ReadOptions {
  kind: InferenceKind
  /** Whether the client speaks this format too: then it gets what comes, and not a translation. */
  isNative: boolean
}

/** What is known of an answer besides what it says. */
export interface AnswerFacts {
  usage: TokenUsage | undefined
  /** As the provider told it, for the record. */
  usageRaw: Record<string, unknown> | null
  upstreamId: string | null
  /** One of `stop`, `length`, `tool_calls`, `content_filter`, `error`. */
  finishReason: string | null
  nativeFinishReason: string | null
  /** Bytes of text and tool arguments, for an estimate when usage is missing. */
  outputBytes: number
}

export interface DecodedAnswer extends AnswerFacts {
  /** Of the chat completions format, in a shape that official clients accept; at least one, and none where anything else was asked
   *  for, which stands in `native`. */
  choices: Record<string, unknown>[]
  systemFingerprint: string | null
  serviceTier: string | null
  /** The answer as it came, for a client of the same format and for whoever has not asked for a chat; null for others. */
  native: Record<string, unknown> | null
}

/** A piece of a stream for the client: a chunk of the chat completions format, or an event of the provider's own. */
export type StreamPiece = ChatChunk | NativeEvent

export interface ChatChunk {
  choices: Record<string, unknown>[]
  system_fingerprint?: string
  service_tier?: string
}

export interface NativeEvent {
  native: Record<string, unknown>
}

export interface StreamError {
  /** HTTP-like status the provider named, if any. */
  status: number | undefined
  message: string
}

/** Reads a provider's stream piece by piece, whatever is cut where. */
export interface StreamReader extends Readonly<AnswerFacts> {
  readonly transcript: Transcript | null
  readonly error: StreamError | undefined
  /** Whether it has come to its end as the format knows it. */
  readonly isDone: boolean
  /** Whether anything a caller can use has come: text, reasoning or a tool call. */
  readonly hasContent: boolean
  readonly contentChunks: number
  /** What these bytes complete. Usage isn't among it: the gateway tells it once, with the cost. */
  push(chunk: Buffer): StreamPiece[]
  /** To be called at the end of the connection: decides whether the answer is whole. */
  end(): StreamPiece[]
}

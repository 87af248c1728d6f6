import type { ProviderPreferences } from '../contract/inference/chat-completions.ts'
import type { Plugin } from '../contract/inference/plugins.ts'
import type { RequestTrace } from '../contract/inference/request-trace.ts'
import type { PresetCaching } from '../domain/cache-wish.ts'
import type { DialectName } from '../domain/catalogue.ts'
import type { RequestNeeds } from '../domain/routing/constraints.ts'

/** An inference request after its fields were checked. Small but for what it passes on, so that it travels between threads. */
export interface ChatRequest {
  payload: ChatPayload
  provider: ProviderPreferences | null
  sessionId: string | null
  /** What it says to those who look at traces; missing where it says nothing. */
  trace?: RequestTrace
  /** Models in the order of preference; empty when the workspace's default is meant. */
  models: string[]
  /** Whether the answer is to have pictures. */
  wantsPictures?: true
  /** Upper bound of the input's tokens: no tokenizer makes more tokens than bytes, plus what pictures may count for. */
  inputTokens: number
  images: number
  /** What documents may count for on top of that, as far as a model takes so much. */
  documentTokens?: number
  /** Whether files are named by their address: what these count for nobody knows who doesn't fetch them. */
  hasLinkedFiles?: true
  /** At most that many are charged for; of ranks alone. */
  searchUnits?: number
  /** Whether some of the input is given as numbers of tokens. */
  hasTokenIds: boolean
  /** Parts of messages that aren't text. */
  mediaParts: number
  choices: number
  /** Upper bound of the tokens of a prediction; missing where there is none. */
  predictedTokens?: number
  requestedTokens: number | null
  /** Those that the request sets, where it wants an endpoint that takes them all. */
  parameters: readonly string[]
  /** What an endpoint has to be able to do for it. */
  needs: RequestNeeds
  route: 'fallback' | 'sort' | null
  cacheKey: string | null
  /** Its messages, or the hash of how they begin: what tells the conversation. */
  opening: readonly unknown[] | string
  /** Of what a preset has made of it; null without one. */
  presetHash: string | null
  /** The first field that the chat completions format has no words for, so that only providers of the client's own format can be
   *  asked, and filters can't look at it; null where everything was translated. */
  nativeOnly: string | null
  /** Whether it wants Anthropic's `speed: fast`, which is charged as the tier `priority` is. */
  isFast?: true
  /** What the client's format repeats of a request in its answer, as the text of a JSON object; null where it repeats nothing. */
  echo: string | null
  /** What it says of plugins, of the response cache and of finding faults; null where it says nothing. */
  extras: RequestExtras | null
  /** Whether its whole answer is to be JSON. */
  wantsJson: boolean
}

export interface RequestExtras {
  plugins: readonly Plugin[] | null
  /** The older form of `context-compression`. */
  transforms: readonly 'middle-out'[] | null
  /** Whether its stream begins with what was sent to each provider. */
  echoesUpstream: boolean
  /** What its preset says of the response cache. */
  caching: PresetCaching | null
}

export type InferenceKind = 'chat' | 'embeddings' | 'rerank'

/** What of a request goes upstream, whichever endpoint it goes to: in the chat completions format, from which each dialect
 *  translates, and for providers of the client's own format as it came. */
export interface ChatPayload {
  /** What is asked for. All but `chat` stand in `passedOn` as OpenAI's clients and providers say them. */
  kind: InferenceKind
  /** The fields that the gateway passes on unread, as the text of a JSON object; bytes where it is large. */
  passedOn: string | Buffer
  /** The same in the client's format, but for what the gateway sends in its own way; null when that is chat completions, and when
   *  filters have changed the texts. */
  native: NativePayload | null
  outputBoundName: 'max_tokens' | 'max_completion_tokens'
  /** The caller's bound of output tokens, or null. */
  outputBound: number | null
  /** The `reasoning` object as the caller gave it, or null. */
  reasoning: Readonly<Record<string, unknown>> | null
  reasoningEffort: unknown
  /** As the caller names its end user, or null. */
  user: string | null
  /** The service tier that it wants, in its own words; missing where it doesn't say. */
  serviceTier?: string
  isStream: boolean
  /** The format that it came in, where that is another: then it may hold what only some providers of chat completions know,
   *  such as cache markers and signed thoughts. Null where it came as it is. */
  translatedFrom: 'anthropic' | 'openai-responses' | null
  /** Features of Anthropic's that are still on trial, as the caller's header names them, or null. */
  anthropicBeta: string | null
}

export interface NativePayload {
  dialect: DialectName
  passedOn: string | Buffer
}

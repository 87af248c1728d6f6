import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { ChatRequest } from '../../dialects/chat-request.ts'
import type { ProtocolName } from '../../dialects/protocol.ts'
import { mayCallModel } from '../../domain/allowed-models.ts'
import { toTemplate } from '../../domain/answer-template.ts'
import { type CacheWish, readCacheWish } from '../../domain/cache-wish.ts'
import type { Catalogue, Endpoint, Model } from '../../domain/catalogue.ts'
import { zdrGroupOf } from '../../domain/guardrail-merge.ts'
import { hashJson } from '../../domain/json-hash.ts'
import type { PluginsInForce } from '../../domain/plugins.ts'
import { usualOf } from '../../domain/routing/service-tiers.ts'
import type { Clock } from '../../platform/clock.ts'
import type { AnswerStore, CachedAnswer } from '../ports.ts'
import type { KeySnapshot } from '../snapshot/snapshot.ts'
import type { Outcome } from '../stages/attempt.ts'
import type { Progress } from '../stages/refusal.ts'

/** A longer answer is not kept. In UTF-16 code units. */
const ANSWER_LENGTH_MAX = 1_048_576

/** Of one among several that failed. No text in JSON has it without backslashes. */
const FAILED_CHOICE = '"finish_reason":"error"'

type Headers = Record<string, string | number>

export interface CachedHit {
  answer: CachedAnswer
  /** Which may be used now, as it could when the answer was made. */
  endpoint: Endpoint
}

export interface CacheContext {
  parts: { answers: AnswerStore; clock: Clock; findBuiltInModel: (id: string) => Model | undefined }
  key: KeySnapshot
  protocol: ProtocolName
  catalogue: Catalogue
  /** The models that are meant. */
  asked: readonly string[]
  /** Where it would go. */
  endpoints: readonly Endpoint[]
  plugins: PluginsInForce
  progress: Progress
}

/**
 * Looks for an answer to the same request of the same key; null where zero data retention is in force. To be asked when
 * everything that could refuse the request has let it pass. `chat` as it would be sent to a provider.
 */
export async function findCached(wish: CacheWish, chat: ChatRequest, context: CacheContext): Promise<Caching | null> {
  const { body } = context.progress
  // A large body whose preset alone asks for it is gone by now.
  if (body === undefined || body.length === 0 || keepsNothing(chat, context)) return null
  const { answers, clock } = context.parts
  const id = idOf(chat, body, context)
  const found = wish.isRefresh ? undefined : await answers.find(id)
  const now = clock.now()
  const endpoint = found && found.expiresAt > now ? endpointOf(found, context) : undefined
  const hit = found && endpoint ? { answer: found, endpoint } : null
  const { isStream, kind } = chat.payload
  return new Caching({ id, wish, now, answers, hit, isStream, isChat: kind === 'chat' })
}

/** Before a large body is moved to where it is parsed. */
export function hashLargeBody(bytes: Buffer, headers: IncomingHttpHeaders): string | undefined {
  return readCacheWish(headers, null) === null ? undefined : sha256(bytes)
}

function keepsNothing(chat: ChatRequest, { endpoints, progress }: CacheContext): boolean {
  if (chat.provider?.zdr === true) return true
  const zdr = progress.guardrail?.effective.zdr
  return zdr !== undefined && endpoints.some(({ modelId }) => zdr[zdrGroupOf(modelId)])
}

/** What is asked, of whom, by whom, and what was made of it: filters, plugins and presets may have changed since. */
function idOf(
  chat: ChatRequest,
  body: Buffer | string,
  { asked, key, protocol, plugins, progress }: CacheContext,
): string {
  const isChanged = chat.payload.passedOn !== progress.chat?.payload.passedOn
  return sha256(
    JSON.stringify([
      key.workspaceId,
      key.hash,
      asked,
      protocol,
      chat.payload.isStream,
      typeof body === 'string' ? body : hashJson(body),
      isChanged ? sha256(chat.payload.passedOn) : '',
      chat.presetHash,
      [plugins.healsAnswers, plugins.compression],
    ]),
  )
}

/** Undefined where a request wouldn't be let go to it now. */
function endpointOf(answer: CachedAnswer, { parts, key, catalogue, progress }: CacheContext): Endpoint | undefined {
  const model = catalogue.models.get(answer.modelId) ?? parts.findBuiltInModel(answer.modelId)
  const endpoint = model?.endpoints.find(({ id }) => id === answer.endpointId)
  if (model === undefined || endpoint === undefined) return undefined
  const { guardrail, leftOut } = progress
  if (guardrail != null && guardrail.exclusionsOf(model, endpoint).length > 0) return undefined
  if (leftOut?.some((left) => left.endpoint === endpoint && !left.isUsedOtherwise) === true) return undefined
  return key.allowedModels === null || mayCallModel(key.allowedModels, model) ? endpoint : undefined
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}

interface CachingOptions {
  id: string
  wish: CacheWish
  /** When the cache was asked, in epoch milliseconds. */
  now: number
  answers: AnswerStore
  hit: CachedHit | null
  isStream: boolean
  /** Whether its answers end for a reason. */
  isChat: boolean
}

/** What the response cache has for a request, or is to keep of it. */
export class Caching {
  readonly hit: CachedHit | null
  readonly headers: Headers
  readonly #options: CachingOptions
  #text = ''
  #isTooLong = false

  constructor(options: CachingOptions) {
    this.#options = options
    this.hit = options.hit
    this.headers = headersOf(options)
  }

  /** A piece of what is sent. */
  record(text: string): void {
    if (this.#text.length + text.length > ANSWER_LENGTH_MAX) {
      this.#isTooLong = true
      this.#text = ''
    }
    if (!this.#isTooLong) this.#text += text
  }

  /** After a whole answer was sent. One that limits made shorter than it was asked for isn't kept. */
  keep(
    { open, created, cappedTokens }: { open: { id: string }; created: number; cappedTokens: number | null },
    outcome: Outcome,
  ): void {
    const { finishReason, nativeFinishReason, endpoint, transcript } = outcome
    const { answers, id, isChat, isStream, now, wish } = this.#options
    const isEnded =
      finishReason !== 'error' && (finishReason !== null || !isChat) && !this.#text.includes(FAILED_CHOICE)
    const isWhole = outcome.kind === 'done' && outcome.failure === null && isEnded
    if (!isWhole || this.hit !== null || this.#isTooLong || cappedTokens !== null) return
    const text = toTemplate({ text: this.#text, isStream, created })
    if (text === undefined) return
    answers.keep(id, {
      generationId: open.id,
      at: now,
      expiresAt: now + wish.ttlSeconds * 1_000,
      created,
      modelId: endpoint.modelId,
      endpointId: usualOf(endpoint).id,
      finishReason,
      nativeFinishReason,
      said: transcript === null ? null : transcript.toMessage(),
      text,
    })
  }
}

function headersOf({ hit, now, wish }: CachingOptions): Headers {
  if (hit === null) return { 'x-openrouter-cache-status': 'MISS', 'x-openrouter-cache-ttl': wish.ttlSeconds }
  const { at, expiresAt, generationId } = hit.answer
  return {
    'x-openrouter-cache-status': 'HIT',
    'x-openrouter-cache-age': Math.max(0, Math.floor((now - at) / 1_000)),
    'x-openrouter-cache-ttl': Math.ceil((expiresAt - now) / 1_000),
    'x-openrouter-cache-source-id': generationId,
  }
}
